import type { Credential } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "./confirm.tsx";
import { isLive } from "./hold.ts";
import { credentialsChanged, hub } from "./hub.ts";
import { nameOf } from "./kinds.ts";

/** Revokes an active or frozen credential, after a question. */
export function RevokeButton({
  credential,
  inRow = false,
}: {
  readonly credential: Credential;
  /** In a row it is a link, on a page a button. */
  readonly inRow?: boolean;
}) {
  const [asking, setAsking] = useState(false);
  if (!isLive(credential)) {
    return null;
  }
  return (
    <>
      <Button
        variant={inRow ? "link" : "secondary"}
        isDanger
        isInline={inRow}
        aria-label={`Revoke ${nameOf(credential)}`}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      {asking ? (
        <Confirm
          danger
          title={`Revoke ${nameOf(credential)}?`}
          verb="Revoke"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await hub.revokeCredential(credential.id);
            await credentialsChanged();
          }}
        >
          Everything that still uses <code>{credential.hint}</code> stops working at once, with everything
          derived from it. This cannot be undone. To stop it for a while, freeze it instead.
        </Confirm>
      ) : null}
    </>
  );
}
