import type { CreateCredentialAnswer, CreateCredentialBody, CredentialKind } from "@mintmark/sdk";
import { Checkbox, FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { Choice } from "./choice.tsx";
import { Field } from "./field.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { credentialsChanged, hub, useHub } from "./hub.ts";
import { KINDS } from "./kinds.ts";
import { LifetimeFields, useLifetime } from "./lifetime-fields.tsx";
import type { Resource } from "./resource-picker.tsx";
import { ScopePicker } from "./scope-picker.tsx";
import { scopeWords } from "./scope-words.ts";
import { useSession } from "./session.ts";

type End = Parameters<typeof useLifetime>[0];

interface KindForm {
  readonly needsTitle: boolean;
  readonly titleHelp?: string;
  /** `required`, or offered behind a checkbox because the kind has permissions of its own. */
  readonly scopes: "required" | "optional" | "none";
  /** The resources that the kind can reach; absent: all. */
  readonly resources?: readonly Resource[];
  readonly firstEnd: End;
}

const FORMS: Readonly<Record<CredentialKind, KindForm>> = {
  offline_token: {
    needsTitle: false,
    titleHelp: "The machine that will use it.",
    scopes: "optional",
    resources: ["collection"],
    firstEnd: "usual",
  },
  hub_token: { needsTitle: false, scopes: "optional", resources: ["collection"], firstEnd: "usual" },
  app_token: {
    needsTitle: true,
    titleHelp: "Where it will be used: the laptop, the build server.",
    scopes: "optional",
    resources: ["repository"],
    firstEnd: "usual",
  },
  platform_key: { needsTitle: false, scopes: "optional", firstEnd: "usual" },
  instance_key: { needsTitle: false, scopes: "none", firstEnd: "usual" },
  personal_token: { needsTitle: true, scopes: "required", firstEnd: "90d" },
};

/** Creates a credential of any kind, for the person or for a service that the person is a steward of. */
export function NewCredentialDialog({
  kind,
  owner,
  held,
  onClose,
  onMade,
}: {
  readonly kind: CredentialKind;
  /** A service; absent for the caller's own credential. */
  readonly owner?: string;
  /** What the owner holds; absent for the caller's own credential. */
  readonly held?: readonly string[];
  readonly onClose: () => void;
  readonly onMade: (made: CreateCredentialAnswer) => void;
}) {
  const form = FORMS[kind];
  const { session } = useSession();
  const [title, setTitle] = useState("");
  const [narrow, setNarrow] = useState(false);
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [instance, setInstance] = useState("");
  const lifetime = useLifetime(form.firstEnd);
  const asksScopes = form.scopes === "required" || (form.scopes === "optional" && narrow);
  const noun = KINDS[kind].name;
  const body: CreateCredentialBody = {
    kind,
    ...(title.trim() === "" ? {} : { title: title.trim() }),
    ...(asksScopes ? { scopes } : {}),
    ...(kind === "instance_key" ? { instance } : {}),
    ...(owner === undefined ? {} : { owner }),
    ...lifetime.body,
  };
  const complete =
    (!form.needsTitle || title.trim() !== "") &&
    (!asksScopes || scopes.length > 0) &&
    (kind !== "instance_key" || instance !== "") &&
    lifetime.complete;
  return (
    <FormDialog
      title={`Create ${lowerFirst(noun)}`}
      verb="Create"
      size="medium"
      complete={complete}
      onClose={onClose}
      onSubmit={async () => {
        onMade(await hub.createCredential(body));
        await credentialsChanged();
      }}
    >
      <Field
        id="credential-title"
        name="title"
        label="Title"
        required={form.needsTitle}
        focused
        lengthMax={255}
        value={title}
        onChange={setTitle}
        {...(form.titleHelp === undefined ? {} : { help: form.titleHelp })}
      />
      {kind === "instance_key" ? <InstanceField value={instance} onChange={setInstance} /> : null}
      <LifetimeFields lifetime={lifetime} withUsual={form.firstEnd === "usual"} />
      {form.scopes === "optional" ? (
        <Checkbox
          id="credential-narrow"
          label="Only some permissions"
          description="Otherwise it may do all that its kind allows and its owner may do."
          isChecked={narrow}
          onChange={(_event, checked) => setNarrow(checked)}
        />
      ) : null}
      {asksScopes ? (
        <>
          <ScopePicker
            held={held ?? session.scopes}
            scopes={scopes}
            onChange={setScopes}
            {...(form.resources === undefined ? {} : { resources: form.resources })}
          />
          <p aria-live="polite" className={scopes.length === 0 ? "mm-quiet" : ""}>
            {scopes.length === 0
              ? "Choose at least one permission."
              : `This token will be able to ${scopes.map(scopeWords).join("; ")}, ${lifetime.words}.`}
          </p>
        </>
      ) : null}
    </FormDialog>
  );
}

/** "API key" keeps its capitals. */
function lowerFirst(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

function InstanceField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (instance: string) => void;
}) {
  const { data } = useHub(["instances"], (signal) => hub.listInstances({ signal }));
  const options = (data?.instances ?? []).map(({ id, displayName }) => [id, displayName] as const);
  return (
    <FormGroup label="Instance" fieldId="credential-instance" isRequired>
      <Choice
        id="credential-instance"
        label="Instance"
        value={value}
        options={[["", "Choose an instance"], ...options]}
        onChange={onChange}
      />
    </FormGroup>
  );
}
