import type { CreateWebhookAnswer, ListWebhooksAnswer } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { NewWebhookDialog } from "./new-webhook-dialog.tsx";

export type Webhook = ListWebhooksAnswer["webhooks"][number];

const COLUMNS: readonly Column<Webhook>[] = [
  {
    title: "Address",
    cell: (one) => <Link to={`/admin/webhooks/${one.id}`}>{one.url}</Link>,
    wide: true,
    clip: (one) => one.url,
  },
  { title: "Description", cell: (one) => one.description ?? "—", clip: (one) => one.description ?? "" },
  {
    title: "Events",
    cell: (one) => (one.events.includes("*") ? "all" : one.events.join(" ")),
    clip: (one) => one.events.join("\n"),
  },
  { title: "State", cell: (one) => <WebhookState webhook={one} />, sortBy: (one) => one.state },
  {
    title: "Created",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    sortBy: (one) => one.createdAt,
    whole: true,
  },
];

const COLOURS = { active: "green", failing: "orange", disabled: "grey" } as const;
const WORDS = { active: "Active", failing: "Failing", disabled: "Disabled" } as const;

export function WebhookState({ webhook: { state } }: { readonly webhook: Pick<Webhook, "state"> }) {
  return <Label color={COLOURS[state]}>{WORDS[state]}</Label>;
}

/** Addresses that are told of events. */
export function WebhooksPage() {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useFresh<CreateWebhookAnswer>();
  const query = useHub(["webhooks"], (signal) => hub.listWebhooks({ signal }));
  return (
    <Page
      title="Webhooks"
      intro="Addresses that are told what happens to credentials and accounts, by signed messages (Standard Webhooks)."
      actions={
        <Button variant="primary" onClick={() => setMaking(true)}>
          Create webhook
        </Button>
      }
    >
      {made ? <NewSecret made={made} /> : null}
      <Loaded query={query}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Nothing title="No webhooks">Create the first.</Nothing>
          ) : (
            <Rows label="Webhooks" columns={COLUMNS} rows={webhooks} keyOf={(one) => one.id} />
          )
        }
      </Loaded>
      {making ? <NewWebhookDialog onClose={() => setMaking(false)} onMade={setMade} /> : null}
    </Page>
  );
}

/** The signing secret, in the one moment in which it is shown. */
export function NewSecret({ made }: { readonly made: CreateWebhookAnswer }) {
  return (
    <Card className="mm-narrow">
      <CardTitle component="h2">{made.webhook.url}</CardTitle>
      <CardBody>
        <div className="mm-stack">
          <Alert
            isInline
            component="p"
            variant="warning"
            title="Copy it now. You won't be able to see it again. The receiver verifies signatures with it."
          />
          <SecretField label="Signing secret" secret={made.secret} />
        </div>
      </CardBody>
    </Card>
  );
}
