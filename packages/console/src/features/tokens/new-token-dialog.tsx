import type { CreateCredentialAnswer } from "@mintmark/sdk";
import { useState } from "react";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { LifetimeFields, useLifetime } from "../../shared/lifetime-fields.tsx";
import { ScopePicker } from "../../shared/scope-picker.tsx";
import { scopeWords } from "../../shared/scope-words.ts";
import { useSession } from "../../shared/session.ts";

export function NewTokenDialog({
  owner,
  held,
  onClose,
  onMade,
}: {
  /** A service; absent for a token of one's own. */
  readonly owner?: string;
  /** What the owner holds; absent for a token of one's own. */
  readonly held?: readonly string[];
  readonly onClose: () => void;
  readonly onMade: (made: CreateCredentialAnswer) => void;
}) {
  const { session } = useSession();
  const [title, setTitle] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const lifetime = useLifetime("90d");
  return (
    <FormDialog
      title="New personal token"
      verb="Create token"
      size="medium"
      complete={title.trim() !== "" && scopes.length > 0 && lifetime.complete}
      onClose={onClose}
      onSubmit={async () => {
        const made = await hub.createCredential({
          kind: "personal_token",
          title,
          scopes,
          ...(owner === undefined ? {} : { owner }),
          ...lifetime.body,
        });
        onMade(made);
        await credentialsChanged();
      }}
    >
      <Field
        id="token-title"
        name="title"
        label="Title"
        required
        focused
        lengthMax={255}
        value={title}
        onChange={setTitle}
      />
      <LifetimeFields lifetime={lifetime} />
      <ScopePicker held={held ?? session.scopes} scopes={scopes} onChange={setScopes} />
      <p aria-live="polite" className={scopes.length === 0 ? "mm-quiet" : ""}>
        {scopes.length === 0
          ? "Choose at least one permission."
          : `This token will be able to ${scopes.map(scopeWords).join("; ")}, ${lifetime.words}.`}
      </p>
    </FormDialog>
  );
}
