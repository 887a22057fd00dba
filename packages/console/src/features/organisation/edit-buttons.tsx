import { Button } from "@patternfly/react-core";

/** The two actions of a row. */
export function EditButtons({
  name,
  onEdit,
  onDelete,
}: {
  readonly name: string;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}) {
  return (
    <>
      <Button variant="link" isInline aria-label={`Edit ${name}`} onClick={onEdit}>
        Edit
      </Button>{" "}
      <Button variant="link" isInline isDanger aria-label={`Delete ${name}`} onClick={onDelete}>
        Delete
      </Button>
    </>
  );
}
