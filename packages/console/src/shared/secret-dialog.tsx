import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { SavedContext } from "./saved.ts";
import { COPY_SECRET } from "./secret.tsx";
import { forgetUnsaved } from "./unsaved.ts";

/**
 * A dialog around a secret that is shown once. Closing it before the secret was copied, shown or downloaded
 * asks first, also for Escape.
 */
export function SecretDialog({
  title,
  children,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly onClose: () => void;
}) {
  const [saved, setSaved] = useState(false);
  const [asking, setAsking] = useState(false);
  const close = () => {
    if (saved) {
      onClose();
    } else {
      // The second Escape goes back to the secret.
      setAsking(!asking);
    }
  };
  return (
    <Modal isOpen variant="medium" aria-label={title} elementToFocus={COPY_SECRET} onClose={close}>
      <ModalHeader title={title} />
      <ModalBody>
        <SavedContext
          value={() => {
            setSaved(true);
            forgetUnsaved();
          }}
        >
          <div className="mm-stack">
            <Alert
              isInline
              component="p"
              variant="warning"
              title="Copy it before you close this dialog. You won't see it again."
            />
            {children}
          </div>
        </SavedContext>
      </ModalBody>
      <ModalFooter>
        {asking && !saved ? (
          <div className="mm-stack">
            <Alert
              isInline
              isLiveRegion
              component="p"
              variant="danger"
              title="You have not copied the secret yet. Close anyway?"
            />
            <div className="mm-filters">
              <Button variant="primary" autoFocus onClick={() => setAsking(false)}>
                Back to the secret
              </Button>
              <Button variant="link" isDanger onClick={onClose}>
                Close without copying
              </Button>
            </div>
          </div>
        ) : (
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        )}
      </ModalFooter>
    </Modal>
  );
}
