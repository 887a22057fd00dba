import type { GetWebhookAnswer, ListDeliveriesAnswer, RotateWebhookSecretAnswer } from "@mintmark/sdk";
import { Button, Label, Title } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAction } from "../../shared/action.ts";
import { Confirm } from "../../shared/confirm.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";
import { useFresh } from "../../shared/secret.tsx";
import { TimeUntil } from "../../shared/time.tsx";
import { NewSecret, WebhookState } from "./webhooks-page.tsx";

type Delivery = ListDeliveriesAnswer["deliveries"][number];

/** A delivery moves on within seconds, and somebody who pressed "test" waits for it. */
const REFETCH_MS = 3_000;
const COLOURS = { pending: "blue", delivered: "green", failed: "red" } as const;
const WORDS = { pending: "Pending", delivered: "Delivered", failed: "Failed" } as const;

const COLUMNS: readonly Column<Delivery>[] = [
  { title: "Event", cell: (one) => one.type, whole: true },
  {
    title: "Audit event",
    cell: (one) => (one.seq === null ? "—" : <Link to="/admin/audit">{one.seq}</Link>),
  },
  { title: "State", cell: (one) => <Label color={COLOURS[one.state]}>{WORDS[one.state]}</Label> },
  { title: "Answer", cell: (one) => one.status ?? (one.attempt === 0 ? "—" : "none") },
  { title: "Attempts", cell: (one) => one.attempt },
  { title: "Took", cell: (one) => (one.ms === null ? "—" : `${one.ms} ms`), whole: true },
  {
    title: "Next attempt",
    cell: (one) => (one.nextAttemptAt === null ? "—" : <TimeUntil at={one.nextAttemptAt} />),
  },
];

/** One webhook with its last deliveries. */
export function WebhookPage() {
  const { id = "" } = useParams();
  const webhook = useHub(["webhooks", id], (signal) => hub.getWebhook(id, { signal }));
  const deliveries = useHub(["webhooks", id, "deliveries"], (signal) => hub.listDeliveries(id, { signal }), {
    refetchMs: REFETCH_MS,
  });
  const [rotated, setRotated] = useFresh<RotateWebhookSecretAnswer>();
  const again = useAction(async (deliveryId: string) => {
    await hub.redeliver(id, deliveryId);
    await changed();
  });
  return (
    <Page
      title={webhook.data?.url ?? "Webhook"}
      trail={[{ to: "/admin/webhooks", title: "Webhooks" }]}
      intro={webhook.data?.description ?? undefined}
    >
      {rotated ? <NewSecret made={rotated} /> : null}
      <Loaded query={webhook}>{(one) => <Facts webhook={one} onRotated={setRotated} />}</Loaded>
      <Title headingLevel="h2">Last deliveries</Title>
      <Problem sentence={again.problem} />
      <Loaded query={deliveries}>
        {({ deliveries: found }) =>
          found.length === 0 ? (
            <Nothing title="No deliveries yet">Send a test to see one.</Nothing>
          ) : (
            <Rows
              label="Last deliveries"
              columns={COLUMNS}
              rows={found}
              keyOf={(one) => one.id}
              actions={(one) => (
                <Button
                  variant="link"
                  isInline
                  aria-label={`Deliver ${one.type} ${one.seq ?? ""} again`}
                  isDisabled={again.busy || one.state === "pending"}
                  onClick={() => void again.run(one.id)}
                >
                  Deliver again
                </Button>
              )}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function Facts({
  webhook,
  onRotated,
}: {
  readonly webhook: GetWebhookAnswer;
  readonly onRotated: (made: RotateWebhookSecretAnswer) => void;
}) {
  const { id, state } = webhook;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"rotate" | "delete" | null>(null);
  const act = useAction(async (what: "test" | "active" | "disabled") => {
    await (what === "test" ? hub.testWebhook(id) : hub.updateWebhook(id, { state: what }));
    await changed();
  });
  return (
    <>
      <p>
        <WebhookState webhook={webhook} />
      </p>
      <p>Events: {webhook.events.includes("*") ? "all" : webhook.events.join(", ")}</p>
      <div className="mm-filters">
        <Button variant="primary" isDisabled={act.busy} onClick={() => void act.run("test")}>
          Send a test
        </Button>
        <Button
          variant="secondary"
          isDisabled={act.busy}
          onClick={() => void act.run(state === "active" ? "disabled" : "active")}
        >
          {state === "active" ? "Disable" : "Enable"}
        </Button>
        <Button variant="secondary" onClick={() => setAsked("rotate")}>
          Rotate secret
        </Button>
        <Button variant="link" isDanger onClick={() => setAsked("delete")}>
          Delete
        </Button>
      </div>
      <Problem sentence={act.problem} />
      {asked === "rotate" ? (
        <Confirm
          title="Rotate the signing secret?"
          verb="Rotate"
          onClose={() => setAsked(null)}
          onConfirm={async () => onRotated(await hub.rotateWebhookSecret(id))}
        >
          The present secret signs as well for 24 hours, so that the receiver has time to take over the new
          one.
        </Confirm>
      ) : null}
      {asked === "delete" ? (
        <Confirm
          danger
          title="Delete this webhook?"
          verb="Delete"
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await hub.deleteWebhook(id);
            await navigate("/admin/webhooks");
            await changed();
          }}
        >
          What is still on its way to it is dropped.
        </Confirm>
      ) : null}
    </>
  );
}

function changed(): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["webhooks"] });
}
