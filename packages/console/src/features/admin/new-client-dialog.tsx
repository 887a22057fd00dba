import type { CreateClientAnswer, OAuthClient } from "@mintmark/sdk";
import { Checkbox, FormGroup, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { Choice } from "../../shared/choice.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { hub, queries } from "../../shared/hub.ts";

const INTROSPECT = "hub:introspect:use";

const TYPES: readonly (readonly [OAuthClient["type"], string])[] = [
  ["confidential", "Confidential: it can keep a secret"],
  ["public", "Public: a program on people's machines"],
];

export function NewClientDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (made: CreateClientAnswer) => void;
}) {
  const [name, setName] = useState("");
  const [type, setType] = useState<OAuthClient["type"]>("confidential");
  const [redirects, setRedirects] = useState("");
  const [scopes, setScopes] = useState("");
  const [implicit, setImplicit] = useState(false);
  const [introspects, setIntrospects] = useState(false);
  return (
    <FormDialog
      title="Register application"
      verb="Register"
      complete={name.trim() !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const redirectUris = words(redirects);
        const isService = introspects && type === "confidential";
        const asked = [...new Set([...words(scopes), ...(isService ? [INTROSPECT] : [])])];
        const made = await hub.createClient({
          name,
          type,
          ...(redirectUris.length === 0 ? {} : { redirectUris }),
          ...(asked.length === 0 ? {} : { scopes: asked }),
          ...(implicit ? { implicit } : {}),
        });
        onMade(made);
        await queries.invalidateQueries({ queryKey: ["clients"] });
      }}
    >
      <Field id="client-name" label="Name" required focused value={name} onChange={setName} />
      <FormGroup label="Type" fieldId="client-type">
        <Choice id="client-type" label="Type" value={type} options={TYPES} onChange={setType} />
      </FormGroup>
      <FormGroup label="Redirect addresses, one a line" fieldId="client-redirects">
        <TextArea
          id="client-redirects"
          rows={2}
          value={redirects}
          onChange={(_event, value) => setRedirects(value)}
        />
      </FormGroup>
      <FormGroup label="Scopes it may ask for, one a line" fieldId="client-scopes">
        <TextArea id="client-scopes" rows={2} value={scopes} onChange={(_event, value) => setScopes(value)} />
      </FormGroup>
      {type === "confidential" && (
        <Checkbox
          id="client-introspects"
          label="It is a service that asks whether people's credentials are good"
          description={`Gives it ${INTROSPECT}.`}
          isChecked={introspects}
          onChange={(_event, checked) => setIntrospects(checked)}
        />
      )}
      <Checkbox
        id="client-implicit"
        label="Allow the implicit grant (Quay's old form)"
        isChecked={implicit}
        onChange={(_event, checked) => setImplicit(checked)}
      />
    </FormDialog>
  );
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
