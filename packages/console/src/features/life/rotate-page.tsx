import type { Credential, RotateCredentialBody } from "@mintmark/sdk";
import { Alert, Button, FormGroup, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useLocation, useParams } from "react-router";
import { useAction } from "../../shared/action.ts";
import { Choice } from "../../shared/choice.tsx";
import { credentialsChanged, hub, useHub } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { UseSnippet } from "../../shared/use-snippet.tsx";
import { placeOf } from "../overview/place.ts";
import { CutOver } from "./cut-over.tsx";

const PLANS = {
  first_use: "When the new secret is first used",
  quiet: "When nobody has used the old one for two hours",
  timed: "In 24 hours",
  now: "At once",
} as const;
type Plan = keyof typeof PLANS;

const OLD: Readonly<Record<Plan, NonNullable<RotateCredentialBody["old"]>>> = {
  first_use: { mode: "first_use" },
  quiet: { mode: "quiet", for: "2h" },
  timed: { mode: "timed", for: "24h" },
  now: { mode: "now" },
};
const CHOICES = Object.entries(PLANS) as readonly (readonly [Plan, string])[];

/** Leads through a rotation: the new secret, who still uses the old one, the end of the old one. */
export function RotatePage() {
  const { id = "" } = useParams();
  const { base, trail } = placeOf(useLocation().pathname);
  const credential = useHub(["credentials", "one", id], (signal) => hub.getCredential(id, { signal }));
  const { data } = credential;
  const above = data ? [trail, { to: `${base}/${id}`, title: nameOf(data) }] : [trail];
  return (
    <Page
      title={data ? `Rotate ${nameOf(data)}` : "Rotate"}
      trail={above}
      intro="The old secret keeps working until the moment that you choose, so nothing stops meanwhile."
    >
      <Loaded query={credential}>{(one) => <Steps key={one.id} credential={one} />}</Loaded>
    </Page>
  );
}

function Steps({ credential }: { readonly credential: Credential }) {
  const [secret, setSecret] = useFresh<string>();
  const isUnderway = credential.rotation !== null;
  return (
    <>
      <section className="mm-stack" aria-label="Step 1">
        <Title headingLevel="h2">1. Create the new secret</Title>
        {credential.rotation?.role === "successor" ? (
          <p>This is the new secret of a rotation. Follow it below.</p>
        ) : (
          <NewSecret credential={credential} onMade={setSecret} isRepeat={isUnderway} />
        )}
        {secret === null ? null : (
          <div className="mm-stack mm-narrow">
            <Alert
              isInline
              component="p"
              variant="warning"
              title="Copy it now. You won't be able to see it again."
            />
            <SecretField label="New secret" secret={secret} />
            <UseSnippet credential={credential} secret={secret} />
          </div>
        )}
      </section>
      {isUnderway ? <CutOver id={credential.id} /> : null}
    </>
  );
}

function NewSecret({
  credential,
  onMade,
  isRepeat,
}: {
  readonly credential: Credential;
  readonly onMade: (secret: string) => void;
  readonly isRepeat: boolean;
}) {
  const [plan, setPlan] = useState<Plan>("first_use");
  const action = useAction(async () => {
    const made = await hub.rotateCredential(credential.id, { old: OLD[plan] });
    onMade(made.secret);
    await credentialsChanged();
  });
  return (
    <>
      {isRepeat ? (
        <p>
          A rotation is under way. Lost the new secret? Create it again: as long as nobody has used it, the
          lost one is dead.
        </p>
      ) : null}
      <FormGroup label="The old secret expires" fieldId="rotate-plan" className="mm-narrow">
        <Choice
          id="rotate-plan"
          label="The old secret expires"
          value={plan}
          options={CHOICES}
          onChange={setPlan}
        />
      </FormGroup>
      <Problem sentence={action.problem} />
      <div>
        <Button isLoading={action.busy} isDisabled={action.busy} onClick={() => void action.run()}>
          {isRepeat ? "Create it again" : "Create the new secret"}
        </Button>
      </div>
    </>
  );
}
