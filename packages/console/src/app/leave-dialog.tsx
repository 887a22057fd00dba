import { Button, Modal, ModalFooter, ModalHeader } from "@patternfly/react-core";

/** Asks whether a secret that nobody has saved may be forgotten. */
export function LeaveDialog({
  onStay,
  onLeave,
}: {
  readonly onStay: () => void;
  readonly onLeave: () => void;
}) {
  const title = "You have not copied the secret yet";
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onStay}>
      <ModalHeader title={title} description="Leaving this page forgets it. You won't see it again." />
      <ModalFooter>
        <Button variant="primary" onClick={onStay}>
          Back to the secret
        </Button>
        <Button variant="link" isDanger onClick={onLeave}>
          Leave without copying
        </Button>
      </ModalFooter>
    </Modal>
  );
}
