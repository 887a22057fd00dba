import type { SigningKey } from "@mintmark/sdk";
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { useMayChange } from "./staff.ts";

const PURPOSES = { realm: "Realm", registry: "Registry", zen: "Data platform" } as const;

const COLUMNS: readonly Column<SigningKey>[] = [
  { title: "For", cell: (one) => PURPOSES[one.purpose], sortBy: (one) => one.purpose, whole: true },
  {
    title: "State",
    cell: (one) => (
      <Label color={one.state === "current" ? "green" : one.state === "next" ? "blue" : "grey"}>
        {one.state}
      </Label>
    ),
    sortBy: (one) => one.state,
  },
  { title: "Algorithm", cell: (one) => one.algorithm, whole: true },
  { title: "Key ID", cell: (one) => <code>{one.kid}</code>, clip: (one) => one.kid, wide: true },
  {
    title: "Created",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    sortBy: (one) => one.createdAt,
    whole: true,
  },
  {
    title: "Signs since",
    cell: (one) => (one.activatedAt === null ? "—" : <RelativeTime at={one.activatedAt} />),
  },
  { title: "Until", cell: (one) => (one.retiredAt === null ? "—" : <RelativeTime at={one.retiredAt} />) },
];

export function KeysPage() {
  const mayChange = useMayChange();
  const [rotating, setRotating] = useState<SigningKey["purpose"] | null>(null);
  const query = useHub(["keys"], (signal) => hub.listKeys({ signal }));
  const rotation = mayChange
    ? {
        actions: (one: SigningKey) =>
          one.state === "current" ? (
            <Button
              variant="link"
              isInline
              aria-label={`Rotate the key for ${PURPOSES[one.purpose]}`}
              onClick={() => setRotating(one.purpose)}
            >
              Rotate
            </Button>
          ) : null,
      }
    : {};
  return (
    <Page
      title="Signing keys"
      intro="The next key is published before it signs. A retired key stays published until the last token that it signed has expired."
    >
      <Loaded query={query}>
        {({ keys }) => (
          <Rows label="Signing keys" columns={COLUMNS} rows={keys} keyOf={(one) => one.id} {...rotation} />
        )}
      </Loaded>
      {rotating ? (
        <Confirm
          title={`Rotate the key for ${PURPOSES[rotating]}?`}
          verb="Rotate"
          onClose={() => setRotating(null)}
          onConfirm={async () => {
            await hub.rotateKey(rotating);
            await queries.invalidateQueries({ queryKey: ["keys"] });
          }}
        >
          The next key signs from now on. Services that verify tokens themselves fetch it from the published
          key set; those that cannot reach it refuse new tokens.
        </Confirm>
      ) : null}
    </Page>
  );
}
