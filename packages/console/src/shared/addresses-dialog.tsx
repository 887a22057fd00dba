import type { Credential } from "@mintmark/sdk";
import { Button, Checkbox } from "@patternfly/react-core";
import { useState } from "react";
import { FormDialog } from "./form-dialog.tsx";
import type { Hold } from "./hold.ts";
import { credentialsChanged, hub, useHub } from "./hub.ts";
import { nameOf } from "./kinds.ts";
import { TextBox, wordsOf } from "./text-box.tsx";
import { RelativeTime } from "./time.tsx";

/** Limits a credential to addresses, with those that have used it as the proposal. */
export function AddressesDialog({
  credential,
  hold,
  onClose,
}: {
  readonly credential: Credential;
  readonly hold: Exclude<Hold, null>;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState((credential.addresses ?? []).join("\n"));
  const [trial, setTrial] = useState(false);
  const addresses = wordsOf(text);
  const list = addresses.length === 0 ? null : addresses;
  return (
    <FormDialog
      title={`Limit ${nameOf(credential)} to addresses`}
      intro="From any other address it is refused like a revoked one."
      verb="Save"
      onClose={onClose}
      onSubmit={async () => {
        await hub.editCredential(credential.id, trial ? { addressTrial: list } : { addresses: list });
        await credentialsChanged();
      }}
    >
      <TextBox
        id="edit-addresses"
        name="addresses"
        label="Addresses, one per line"
        help={`An address or a CIDR such as 10.1.0.0/16.${hold === "owner" ? " Empty: it is good from everywhere." : " An administrator can only make the list narrower."}`}
        rows={4}
        code
        value={text}
        onChange={setText}
      />
      {hold === "owner" ? (
        <Checkbox
          id="edit-trial"
          label="Only try it"
          description="Uses from elsewhere are reported and not refused, until you enforce the list."
          isChecked={trial}
          onChange={(_event, checked) => setTrial(checked)}
        />
      ) : null}
      <Seen id={credential.id} onTake={(seen) => setText([...new Set([...addresses, ...seen])].join("\n"))} />
    </FormDialog>
  );
}

/** Where it has been used from, to take over into the list. */
function Seen({
  id,
  onTake,
}: {
  readonly id: string;
  readonly onTake: (addresses: readonly string[]) => void;
}) {
  const { data } = useHub(["credentials", "sources", id], (signal) =>
    hub.getCredentialSources(id, { signal }),
  );
  const latest = new Map<string, string>();
  for (const { address, lastUsedAt } of data?.sources ?? []) {
    if (address !== null && !latest.has(address)) {
      latest.set(address, lastUsedAt);
    }
  }
  if (latest.size === 0) {
    return <p className="mm-quiet">It has not been used from any address yet.</p>;
  }
  return (
    <div>
      <p>Used from:</p>
      <ul>
        {[...latest].map(([address, at]) => (
          <li key={address}>
            <code>{address}</code>, last <RelativeTime at={at} />
          </li>
        ))}
      </ul>
      <Button variant="link" isInline onClick={() => onTake([...latest.keys()])}>
        Add these addresses
      </Button>
    </div>
  );
}
