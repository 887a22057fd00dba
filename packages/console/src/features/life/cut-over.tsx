import type { GetCredentialRotationAnswer } from "@mintmark/sdk";
import { Title } from "@patternfly/react-core";
import { State } from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { RevokeButton } from "../../shared/revoke-button.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { dateTime, RelativeTime } from "../../shared/time.tsx";

const REFRESH_MS = 5_000;

type Source = GetCredentialRotationAnswer["stillOnTheOld"][number];

const COLUMNS: readonly Column<Source>[] = [
  { title: "Address", cell: ({ address }) => address ?? "unknown", whole: true },
  {
    title: "Program",
    cell: ({ agent }) => agent ?? "unknown",
    clip: ({ agent }) => agent ?? "unknown",
    wide: true,
  },
  { title: "At", cell: ({ door }) => door, whole: true },
  { title: "Last used", cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} />, whole: true },
  { title: "Uses", cell: ({ uses }) => uses, whole: true },
];

/** Steps 2 and 3 of a rotation, asked for again every few seconds. */
export function CutOver({ id }: { readonly id: string }) {
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
              <p className="mm-quiet">Nobody has used the old secret since.</p>
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
            <Title headingLevel="h2">3. The old secret expires</Title>
            <p>
              The old secret <code>{predecessor.hint}</code>: <State credential={predecessor} />
            </p>
            {predecessor.state === "active" ? (
              <>
                <p>{endWords(predecessor.rotation)}</p>
                <div>
                  <RevokeButton credential={predecessor} />
                </div>
              </>
            ) : null}
          </section>
        </>
      )}
    </Loaded>
  );
}

function endWords(rotation: GetCredentialRotationAnswer["predecessor"]["rotation"]): string {
  if (rotation?.endsAt) {
    return `It expires on ${dateTime(rotation.endsAt)}.`;
  }
  const deadline = rotation?.deadline ? ` Deadline: ${dateTime(rotation.deadline)}.` : "";
  return rotation?.mode === "quiet"
    ? `It expires once the new secret is in use and nobody has used the old one for a while.${deadline}`
    : `It expires when the new secret is first used.${deadline}`;
}
