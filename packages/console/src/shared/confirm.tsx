import type { ReactNode } from "react";
import { FormDialog } from "./form-dialog.tsx";

/** Asks before an action. The dialog stays open while it runs, and shows why it failed. */
export function Confirm({
  title,
  children,
  verb,
  danger = false,
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
  return (
    <FormDialog
      title={title}
      intro={children}
      verb={verb}
      danger={danger}
      onSubmit={onConfirm}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  );
}
