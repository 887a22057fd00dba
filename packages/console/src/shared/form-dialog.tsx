import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useAction } from "./action.ts";
import { FailureContext } from "./failure.ts";
import { Problem, showElement } from "./problem.tsx";

/**
 * A dialog with a form and one thing it does; it closes when that succeeded. A failure is said next to the
 * button, where it is always in view, and at the field at fault, which gets the focus.
 */
export function FormDialog({
  title,
  intro,
  verb,
  complete = true,
  danger = false,
  size = "small",
  children,
  onSubmit,
  onClose,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly verb: string;
  readonly complete?: boolean;
  readonly danger?: boolean;
  readonly size?: "small" | "medium";
  readonly children: ReactNode;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const submit = useAction(async () => {
    await onSubmit();
    onClose();
  });
  const { failure } = submit;
  useEffect(() => {
    const field = failure === null ? null : frame.current?.querySelector("[aria-invalid=true]");
    if (field instanceof HTMLElement) {
      showElement(field);
    }
  }, [failure]);
  return (
    <Modal isOpen variant={size} aria-label={title} onClose={onClose}>
      <ModalHeader title={title} {...(danger ? { titleIconVariant: "warning" as const } : {})} />
      <ModalBody>
        <div ref={frame} className="mm-stack">
          {intro === undefined ? null : <div>{intro}</div>}
          <FailureContext value={failure}>
            <Form
              id={id}
              onSubmit={(event) => {
                event.preventDefault();
                if (complete) {
                  void submit.run();
                }
              }}
            >
              {children}
            </Form>
          </FailureContext>
        </div>
      </ModalBody>
      <ModalFooter className="mm-dialog-foot">
        <Problem sentence={submit.problem} />
        <Button
          type="submit"
          form={id}
          variant={danger ? "danger" : "primary"}
          isLoading={submit.busy}
          isDisabled={submit.busy || !complete}
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
