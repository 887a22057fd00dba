import type { Credential } from "@mintmark/sdk";
import { useState } from "react";
import { FormDialog } from "./form-dialog.tsx";
import { credentialsChanged, hub } from "./hub.ts";
import { nameOf } from "./kinds.ts";
import { ScopePicker } from "./scope-picker.tsx";

/** Takes permissions away from a credential; it never gets new ones. */
export function NarrowDialog({
  credential,
  onClose,
}: {
  readonly credential: Credential;
  readonly onClose: () => void;
}) {
  const [scopes, setScopes] = useState<readonly string[]>(credential.scopes);
  return (
    <FormDialog
      title={`Narrow the permissions of ${nameOf(credential)}`}
      intro="What you take away ends at once, and cannot be given back to this credential."
      verb="Save"
      size="medium"
      complete={scopes.length > 0}
      onClose={onClose}
      onSubmit={async () => {
        await hub.editCredential(credential.id, { scopes });
        await credentialsChanged();
      }}
    >
      <ScopePicker held={credential.scopes} scopes={scopes} onChange={setScopes} withPresets={false} />
    </FormDialog>
  );
}
