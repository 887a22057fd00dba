import type { CreateCredentialAnswer } from "@mintmark/sdk";
import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { LifetimeFields, useLifetime } from "../../shared/lifetime-fields.tsx";
import { TextBox, wordsOf } from "../../shared/text-box.tsx";

/** A title is enough; a token for a CI job may get fewer repositories and a date as well. */
export function NewAppTokenDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (made: CreateCredentialAnswer) => void;
}) {
  const [title, setTitle] = useState("");
  const [narrow, setNarrow] = useState(false);
  const [repositories, setRepositories] = useState("");
  const lifetime = useLifetime("never");
  const scopes = wordsOf(repositories);
  return (
    <FormDialog
      title="Create application token"
      verb="Create"
      complete={title.trim() !== "" && lifetime.complete}
      onClose={onClose}
      onSubmit={async () => {
        const made = await hub.createCredential({
          kind: "app_token",
          title,
          ...(narrow && scopes.length > 0 ? { scopes } : {}),
          ...lifetime.body,
        });
        onMade(made);
        await credentialsChanged();
      }}
    >
      <Field
        id="app-token-title"
        name="title"
        label="Title"
        help="Where it will be used: the laptop, the build server."
        required
        focused
        lengthMax={255}
        value={title}
        onChange={setTitle}
      />
      <LifetimeFields lifetime={lifetime} />
      <Checkbox
        id="app-token-narrow"
        label="Only some repositories"
        description="Otherwise it may pull and push wherever you may."
        isChecked={narrow}
        onChange={(_event, checked) => setNarrow(checked)}
      />
      {narrow ? (
        <TextBox
          id="app-token-scopes"
          name="scopes"
          label="Repositories and actions, one per line"
          help="repository:name:action[,action], for example repository:team/app:pull"
          code
          placeholder="repository:team/app:pull"
          value={repositories}
          onChange={setRepositories}
        />
      ) : null}
    </FormDialog>
  );
}
