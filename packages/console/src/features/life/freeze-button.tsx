import type { Credential } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { Confirm } from "../../shared/confirm.tsx";
import { nameOf } from "../../shared/credentials.tsx";
import { credentialsChanged, hub } from "../../shared/hub.ts";

/** Stops a credential for a while, or lets it go on. */
export function FreezeButton({ credential }: { readonly credential: Credential }) {
  const [asked, setAsked] = useState(false);
  const isFrozen = credential.state === "frozen";
  if (credential.state !== "active" && !isFrozen) {
    return null;
  }
  const verb = isFrozen ? "Thaw" : "Freeze";
  return (
    <>
      <Button variant="secondary" onClick={() => setAsked(true)}>
        {verb}
      </Button>
      {asked ? (
        <Confirm
          title={`${verb} ${nameOf(credential)}?`}
          verb={verb}
          onConfirm={async () => {
            await (isFrozen
              ? hub.thawCredential(credential.id, {})
              : hub.freezeCredential(credential.id, {}));
            await credentialsChanged();
          }}
          onClose={() => setAsked(false)}
        >
          {isFrozen
            ? "From then on it is accepted again."
            : "It is refused everywhere until somebody thaws it. Its end date and its idle time go on."}
        </Confirm>
      ) : null}
    </>
  );
}

/** The way to the page that leads through a rotation. */
export function RotateLink({ credential }: { readonly credential: Credential }) {
  return credential.state === "active" ? <Link to={`/overview/${credential.id}/rotate`}>Rotate</Link> : null;
}
