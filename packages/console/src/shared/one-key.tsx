import type { CreateCredentialAnswer, Credential, CredentialKind } from "@mintmark/sdk";
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "./action.ts";
import { Confirm } from "./confirm.tsx";
import { UseAndExpiry } from "./credentials.tsx";
import { credentialsChanged, hub, useHub } from "./hub.ts";
import { Loaded } from "./loaded.tsx";
import { Problem } from "./problem.tsx";
import { SecretField, useFresh } from "./secret.tsx";
import { dateTime, RelativeTime } from "./time.tsx";

/** How the place where it stands speaks of it. */
export interface KeyWords {
  readonly noun: string;
  /** On the button that makes one. */
  readonly make: string;
  /** On the button that ends the present one. */
  readonly revoke: string;
}

/** The one active credential of a kind that a person, or a person at an instance, has at most once. */
export function useLivingKey(kind: CredentialKind, instance?: string) {
  return useHub(["credentials", "living", kind, instance], async (signal) => {
    const { credentials } = await hub.listCredentials(
      { kind, instance, state: "active", limit: "1" },
      { signal },
    );
    return credentials[0] ?? null;
  });
}

/** The present key in words; make one, which ends it; end it. */
export function OneKey({
  kind,
  words,
  instance,
  onMade,
}: {
  readonly kind: CredentialKind;
  readonly words: KeyWords;
  readonly instance?: string;
  readonly onMade?: (secret: string) => void;
}) {
  const living = useLivingKey(kind, instance);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  const [asking, setAsking] = useState<"replace" | "revoke" | null>(null);
  const make = async () => {
    const answer = await hub.createCredential({ kind, ...(instance === undefined ? {} : { instance }) });
    setMade(answer);
    onMade?.(answer.secret);
    await credentialsChanged();
  };
  // Another tab may have created a key; ask before replacing it.
  const makeFirst = useAction(async () => {
    const { data, error } = await living.refetch();
    if (error !== null) {
      throw error;
    }
    if (data) {
      setAsking("replace");
    } else {
      await make();
    }
  });
  return (
    <Loaded query={living}>
      {(present) => (
        <div className="mm-stack">
          {made === null ? (
            <Present words={words} present={present} />
          ) : (
            <>
              <Alert
                isInline
                component="p"
                variant="warning"
                title="Copy it now. You won't be able to see it again."
              />
              <SecretField label={words.noun} secret={made.secret} />
            </>
          )}
          <Problem sentence={makeFirst.problem} />
          <div className="mm-filters">
            <Button
              variant="primary"
              isLoading={makeFirst.busy}
              isDisabled={makeFirst.busy}
              onClick={() => void makeFirst.run()}
            >
              {words.make}
            </Button>
            {present === null ? null : (
              <Button variant="secondary" isDanger onClick={() => setAsking("revoke")}>
                {words.revoke}
              </Button>
            )}
          </div>
          {asking === "replace" && present ? (
            <Confirm
              danger
              title={`${words.make}?`}
              verb={words.make}
              onClose={() => setAsking(null)}
              onConfirm={make}
            >
              <Ending words={words} present={present} />
            </Confirm>
          ) : null}
          {asking === "revoke" && present ? (
            <Confirm
              danger
              title={`${words.revoke}?`}
              verb={words.revoke}
              onClose={() => setAsking(null)}
              onConfirm={async () => {
                await hub.revokeCredential(present.id);
                setMade(null);
                await credentialsChanged();
              }}
            >
              <Ending words={words} present={present} />
            </Confirm>
          ) : null}
        </div>
      )}
    </Loaded>
  );
}

function Present({ words, present }: { readonly words: KeyWords; readonly present: Credential | null }) {
  if (present === null) {
    return <p>You have no {words.noun} at present.</p>;
  }
  return (
    <p>
      Your {words.noun} <code>{present.hint}</code> was created <RelativeTime at={present.createdAt} />:{" "}
      <UseAndExpiry credential={present} />.
    </p>
  );
}

/** What the revocation ends, and who would notice. */
function Ending({ words, present }: { readonly words: KeyWords; readonly present: Credential }) {
  const { lastUsedAt, lastUsedFrom, lastUsedAgent } = present;
  return (
    <>
      <p>
        This revokes your present {words.noun} <code>{present.hint}</code> at once, wherever it is in use.
      </p>
      <p>
        {lastUsedAt === null
          ? "It was never used."
          : `It was last used on ${dateTime(lastUsedAt)}${lastUsedFrom === null ? "" : ` from ${lastUsedFrom}`}${lastUsedAgent === null ? "" : ` by ${lastUsedAgent}`}.`}
      </p>
    </>
  );
}
