import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useId } from "react";
import { useAction } from "./action.ts";
import { Problem } from "./problem.tsx";

/** A dialog with a form and one thing it does. Stays, with its reason, when that fails; otherwise closes. */
export function FormDialog({
  title,
  verb,
  complete,
  children,
  onSubmit,
  onClose,
}: {
  readonly title: string;
  readonly verb: string;
  readonly complete: boolean;
  readonly children: ReactNode;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const id = useId();
  const submit = useAction(async () => {
    await onSubmit();
    onClose();
  });
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id={id}
          onSubmit={(event) => {
            event.preventDefault();
            void submit.run();
          }}
        >
          {children}
        </Form>
        <Problem sentence={submit.problem} />
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={id}
          variant="primary"
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
