import type { CreateClientAnswer, OAuthClient } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { Facts } from "../../shared/facts.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { NewClientDialog } from "./new-client-dialog.tsx";
import { useMayChange } from "./staff.ts";

const COLUMNS: readonly Column<OAuthClient>[] = [
  {
    title: "Name",
    cell: (one) => one.name,
    sortBy: (one) => one.name.toLowerCase(),
    clip: (one) => one.name,
    wide: true,
  },
  { title: "Client ID", cell: (one) => <code>{one.clientId}</code>, clip: (one) => one.clientId },
  {
    title: "Type",
    cell: (one) => (one.implicit ? `${one.type}, implicit` : one.type),
    sortBy: (one) => one.type,
    whole: true,
  },
  {
    title: "Redirects to",
    cell: (one) => one.redirectUris.join(" ") || "—",
    clip: (one) => one.redirectUris.join("\n"),
  },
  {
    title: "Created",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    sortBy: (one) => one.createdAt,
    whole: true,
  },
];

function Details({ client }: { readonly client: OAuthClient }) {
  const facts = [
    ["Client ID", client.clientId],
    ["Scopes", client.scopes.join(" ") || "—"],
    ["Redirects to", client.redirectUris.join(" ") || "—"],
  ] as const;
  return <Facts facts={facts} />;
}

export function ClientsPage() {
  const mayChange = useMayChange();
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<OAuthClient | null>(null);
  const [renewing, setRenewing] = useState<OAuthClient | null>(null);
  const [made, setMade] = useFresh<CreateClientAnswer>();
  const query = useHub(["clients"], (signal) => hub.listClients({ signal }));
  const removal = mayChange
    ? {
        actions: (one: OAuthClient) => (
          <>
            {one.type === "confidential" ? (
              <Button
                variant="link"
                isInline
                aria-label={`New secret for ${one.name}`}
                onClick={() => setRenewing(one)}
              >
                New secret
              </Button>
            ) : null}{" "}
            <Button
              variant="link"
              isInline
              isDanger
              aria-label={`Delete ${one.name}`}
              onClick={() => setRemoving(one)}
            >
              Delete
            </Button>
          </>
        ),
      }
    : {};
  return (
    <Page
      title="Applications"
      intro="OAuth clients: programs that people allow, and services that ask the hub about tokens."
      actions={
        mayChange ? (
          <Button variant="primary" onClick={() => setMaking(true)}>
            Register application
          </Button>
        ) : null
      }
    >
      {made?.clientSecret ? (
        <Card className="mm-narrow">
          <CardTitle component="h2">{made.client.name}</CardTitle>
          <CardBody>
            <div className="mm-stack">
              <Alert
                isInline
                component="p"
                variant="warning"
                title="Copy it now. You won't be able to see it again."
              />
              <p>
                Client ID <code>{made.client.clientId}</code>
              </p>
              <SecretField label="Client secret" secret={made.clientSecret} />
            </div>
          </CardBody>
        </Card>
      ) : null}
      <Loaded query={query}>
        {({ clients }) =>
          clients.length === 0 ? (
            <Nothing title="No applications">Register the first.</Nothing>
          ) : (
            <Rows
              label="Applications"
              columns={COLUMNS}
              rows={clients}
              keyOf={(one) => one.clientId}
              details={(one) => <Details client={one} />}
              {...removal}
            />
          )
        }
      </Loaded>
      {making ? <NewClientDialog onClose={() => setMaking(false)} onMade={setMade} /> : null}
      {renewing ? (
        <Confirm
          danger
          title={`Make a new secret for ${renewing.name}?`}
          verb="Make a new secret"
          onClose={() => setRenewing(null)}
          onConfirm={async () => {
            setMade(await hub.rotateClientSecret(renewing.clientId));
            await queries.invalidateQueries({ queryKey: ["clients"] });
          }}
        >
          The present secret stops working at once, and so does what was signed in with it.
        </Confirm>
      ) : null}
      {removing ? (
        <Confirm
          danger
          title={`Delete ${removing.name}?`}
          verb="Delete"
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await hub.deleteClient(removing.clientId);
            await queries.invalidateQueries({ queryKey: ["clients"] });
          }}
        >
          What was issued to it ends at once.
        </Confirm>
      ) : null}
    </Page>
  );
}
