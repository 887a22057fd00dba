import type { CredentialKind } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { KINDS } from "../../shared/credentials.tsx";
import { Field } from "../../shared/field.tsx";
import { credentialsChanged, hub, useHub } from "../../shared/hub.ts";

const COUNTED_MAX = 200;

/** Revokes all active credentials of a person, or all of the kind that the list is filtered by, at once. */
export function RevokeAll({ owner, kind }: { readonly owner: string; readonly kind: CredentialKind | "" }) {
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState<number | null>(null);
  const what = kind === "" ? "credentials" : `${KINDS[kind].name.toLowerCase().replace("api", "API")}s`;
  return (
    <>
      <Button
        variant="secondary"
        isDanger
        onClick={() => {
          setDone(null);
          setAsking(true);
        }}
      >
        {kind === "" ? "Revoke all" : `Revoke all ${what}`}
      </Button>
      <span role="status" className="mm-quiet">
        {done === null ? null : `${done} revoked`}
      </span>
      {asking ? (
        <Asking
          owner={owner}
          kind={kind}
          what={what}
          onClose={() => setAsking(false)}
          onDone={(revoked) => setDone(revoked)}
        />
      ) : null}
    </>
  );
}

function Asking({
  owner,
  kind,
  what,
  onClose,
  onDone,
}: {
  readonly owner: string;
  readonly kind: CredentialKind | "";
  readonly what: string;
  readonly onClose: () => void;
  readonly onDone: (revoked: number) => void;
}) {
  const [reason, setReason] = useState("");
  const living = useHub(["credentials", "of", owner, "to revoke", kind], (signal) =>
    hub.listCredentials({ owner, kind, state: "active", limit: COUNTED_MAX }, { signal }),
  );
  return (
    <Confirm
      danger
      title={`Revoke all of ${owner}'s ${what}?`}
      verb="Revoke all"
      onClose={onClose}
      onConfirm={async () => {
        const { revoked } = await hub.revokeCredentials(owner, {
          ...(kind === "" ? { all: true } : { kind }),
          ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
        });
        onDone(revoked);
        await credentialsChanged();
      }}
    >
      <div className="mm-stack">
        <p>
          {living.data === undefined ? "" : `${countWords(living.data)} now. `}
          Every one of them stops working at once, with everything derived from it. The account stays, and can
          make new ones.
        </p>
        <Field
          id="revoke-all-reason"
          label="Reason"
          help="For the audit log, and for the owner."
          value={reason}
          onChange={setReason}
        />
      </div>
    </Confirm>
  );
}

/** The server counts nothing, so beyond one page it is only said that there are more. */
function countWords({
  credentials,
  nextCursor,
}: {
  readonly credentials: readonly unknown[];
  readonly nextCursor: string | null;
}): string {
  const count = credentials.length;
  if (nextCursor !== null) {
    return `There are ${count} and more`;
  }
  return count === 1 ? "There is one" : `There are ${count}`;
}
