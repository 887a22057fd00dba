import type { Credential, GetCredentialRotationAnswer, RotateCredentialBody } from "@mintmark/sdk";
import { Alert, Button, FormGroup, Title } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useAction } from "../../shared/action.ts";
import { Choice } from "../../shared/choice.tsx";
import { nameOf, RevokeButton, State } from "../../shared/credentials.tsx";
import { credentialsChanged, hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { RelativeTime } from "../../shared/time.tsx";

const REFRESH_MS = 5_000;

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
  const credential = useHub(["credentials", "one", id], (signal) => hub.getCredential(id, { signal }));
  return (
    <Page
      title={credential.data ? `Rotate ${nameOf(credential.data)}` : "Rotate"}
      intro="The old secret goes on until the moment that you choose, so nothing stops working meanwhile."
    >
      <Loaded query={credential}>{(one) => <Steps key={one.id} credential={one} />}</Loaded>
      <p>
        <Link to={`/overview/${id}`}>Back to the credential</Link>
      </p>
    </Page>
  );
}

function Steps({ credential }: { readonly credential: Credential }) {
  const [secret, setSecret] = useFresh<string>();
  const isUnderway = credential.rotation !== null;
  return (
    <>
      <section className="mm-stack" aria-label="Step 1">
        <Title headingLevel="h2">1. Make the new secret</Title>
        {credential.rotation?.role === "successor" ? (
          <p>This is the new one of a rotation. Follow it below.</p>
        ) : (
          <NewSecret credential={credential} onMade={setSecret} isRepeat={isUnderway} />
        )}
        {secret === null ? null : (
          <>
            <Alert isInline variant="info" title="Copy it now. It is not shown again." />
            <SecretField label="New secret" secret={secret} />
          </>
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
          A rotation is under way. Lost the new secret? Make it again: as long as nobody has used it, the lost
          one is dead.
        </p>
      ) : null}
      <FormGroup label="The old one ends" fieldId="rotate-plan">
        <Choice id="rotate-plan" label="The old one ends" value={plan} options={CHOICES} onChange={setPlan} />
      </FormGroup>
      <Problem sentence={action.problem} />
      <div>
        <Button isLoading={action.busy} isDisabled={action.busy} onClick={() => void action.run()}>
          {isRepeat ? "Make it again" : "Make the new secret"}
        </Button>
      </div>
    </>
  );
}

type Source = GetCredentialRotationAnswer["stillOnTheOld"][number];

const COLUMNS: readonly Column<Source>[] = [
  { title: "Address", cell: ({ address }) => address ?? "unknown", whole: true },
  { title: "Program", cell: ({ agent }) => agent ?? "unknown", wide: true, clip: ({ agent }) => agent ?? "" },
  { title: "At", cell: ({ door }) => door },
  { title: "Last used", cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} /> },
  { title: "Uses", cell: ({ uses }) => uses },
];

/** Steps 2 and 3, asked for again every few seconds. */
function CutOver({ id }: { readonly id: string }) {
  const rotation = useHub(
    ["credentials", "rotation", id],
    (signal) => hub.getCredentialRotation(id, { signal }),
    { refetchMs: REFRESH_MS },
  );
  return (
    <Loaded query={rotation}>
      {({ predecessor, successor, stillOnTheOld }) => (
        <>
          <section className="mm-stack" aria-label="Step 2">
            <Title headingLevel="h2">2. Put it where the clients read it</Title>
            <p>
              The new secret <code>{successor.hint}</code>{" "}
              {successor.lastUsedAt === null ? "has not been used yet." : "is in use."}
            </p>
            {stillOnTheOld.length === 0 ? (
              <p className="mm-quiet">Nobody was seen with the old secret since.</p>
            ) : (
              <Rows
                label="Still on the old secret"
                columns={COLUMNS}
                rows={stillOnTheOld}
                keyOf={({ address, agent, door }) => `${address} ${agent} ${door}`}
              />
            )}
          </section>
          <section className="mm-stack" aria-label="Step 3">
            <Title headingLevel="h2">3. The old one ends</Title>
            <p>
              The old secret <code>{predecessor.hint}</code>: <State credential={predecessor} />
            </p>
            {predecessor.state === "active" ? (
              <p>
                It ends by itself. To end it now: <RevokeButton credential={predecessor} />
              </p>
            ) : null}
          </section>
        </>
      )}
    </Loaded>
  );
}
