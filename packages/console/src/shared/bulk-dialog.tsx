import { type ChangeCredentialsBody, MintmarkError } from "@mintmark/sdk";
import { useState } from "react";
import { Field } from "./field.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { credentialsChanged, hub, useHub } from "./hub.ts";

export type BulkAction = ChangeCredentialsBody["action"];

export type Chosen =
  | { readonly ids: readonly string[] }
  | { readonly filter: NonNullable<ChangeCredentialsBody["filter"]> };

const VERBS: Readonly<Record<BulkAction, string>> = { revoke: "Revoke", freeze: "Freeze", thaw: "Thaw" };
const DONE: Readonly<Record<BulkAction, string>> = { revoke: "revoked", freeze: "frozen", thaw: "thawed" };
const MEANINGS: Readonly<Record<BulkAction, string>> = {
  revoke: "Each of them stops working at once, with everything derived from it. This cannot be undone.",
  freeze: "Each of them is refused everywhere until it is thawed.",
  thaw: "From then on each of them is accepted again.",
};
const REASONS_SHOWN = 3;

/**
 * Changes many credentials after it said how many there are. If another number matches by the time of the
 * press, nothing happens and the new number is shown.
 */
export function BulkDialog({
  action,
  which,
  onClose,
  onDone,
}: {
  readonly action: BulkAction;
  readonly which: Chosen;
  readonly onClose: () => void;
  readonly onDone: (words: string) => void;
}) {
  const [reason, setReason] = useState("");
  const count = useHub(["credentials", "bulk", action, which], (signal) =>
    hub.changeCredentials({ action, ...which }, { signal }),
  );
  const matches = count.data?.matches;
  return (
    <FormDialog
      title={`${VERBS[action]} ${matches === undefined ? "these" : countWords(matches)}?`}
      intro={MEANINGS[action]}
      verb={matches === undefined ? VERBS[action] : `${VERBS[action]} ${matches}`}
      danger={action === "revoke"}
      complete={matches !== undefined && matches > 0}
      onClose={onClose}
      onSubmit={async () => {
        try {
          const { done = 0, failed = [] } = await hub.changeCredentials({
            action,
            ...which,
            ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
            ...(matches === undefined ? {} : { confirm: matches }),
          });
          onDone(outcomeWords(action, done, failed));
          await credentialsChanged();
        } catch (error) {
          if (error instanceof MintmarkError && error.code === "count_changed") {
            await count.refetch();
          }
          throw error;
        }
      }}
    >
      {action === "thaw" ? null : (
        <Field
          id="bulk-reason"
          name="reason"
          label="Reason"
          help="For the audit log and for the owners."
          lengthMax={500}
          value={reason}
          onChange={setReason}
        />
      )}
    </FormDialog>
  );
}

function countWords(count: number): string {
  return count === 1 ? "one credential" : `${count} credentials`;
}

function outcomeWords(
  action: BulkAction,
  done: number,
  failed: readonly { readonly code: string }[],
): string {
  const codes = [...new Set(failed.map(({ code }) => code.replaceAll("_", " ")))].slice(0, REASONS_SHOWN);
  const not = failed.length === 0 ? "" : ` ${failed.length} could not be changed: ${codes.join(", ")}.`;
  return `${done} ${DONE[action]}.${not}`;
}
