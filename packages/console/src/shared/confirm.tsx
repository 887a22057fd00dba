import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useAction } from "./action.ts";
import { Problem } from "./problem.tsx";

/** Asks before something that cannot be undone. The dialog stays while it runs, and shows why it failed. */
export function Confirm({
  title,
  children,
  verb,
  danger,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly verb: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const action = useAction(async () => {
    await onConfirm();
    onClose();
  });
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose}>
      <ModalHeader title={title} {...(danger ? { titleIconVariant: "warning" as const } : {})} />
      <ModalBody>
        {children}
        <Problem sentence={action.problem} />
      </ModalBody>
      <ModalFooter>
        <Button
          variant={danger ? "danger" : "primary"}
          isLoading={action.busy}
          isDisabled={action.busy}
          onClick={() => void action.run()}
        >
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
