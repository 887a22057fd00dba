import type { AuditEvent } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import { type EventType, eventTypeOf } from "../events/event-types.ts";
import { newId } from "../ids.ts";
import type { Job } from "../jobs/job.ts";
import type { Writes } from "../store.ts";
import type { Delivery, Webhook } from "./webhook.ts";

/** Audit events that one transaction looks at, for all webhooks together: other writes wait for it. */
const BATCH = 200;

/**
 * Turns audit events into deliveries. The audit event is written in the transaction of what it tells, and
 * each webhook remembers the last one that was looked at, in the transaction that makes its deliveries: a
 * crash loses no event and tells none twice.
 */
export function tellWebhooksJob(context: HubContext, onTold: () => void): Job {
  return {
    name: "tell-webhooks",
    everyMs: 1_000,
    hasWork: async () => {
      const webhooks = await context.store.read.webhooks.list();
      const listening = webhooks.filter(({ state }) => state !== "disabled");
      if (listening.length === 0) {
        return false;
      }
      const { seq } = await context.store.read.audit.head();
      return listening.some(({ toldSeq }) => toldSeq < seq);
    },
    run: async () => {
      const { made, more } = await context.store.write((writes) => tellAll(context, writes), "large");
      if (made > 0) {
        onTold();
      }
      return { done: made, next: more ? "more" : null };
    },
  };
}

async function tellAll(context: HubContext, writes: Writes): Promise<{ made: number; more: boolean }> {
  let made = 0;
  let left = BATCH;
  for (const webhook of await writes.webhooks.list()) {
    if (left === 0) {
      break;
    }
    const events = webhook.state === "disabled" ? [] : await writes.audit.after(webhook.toldSeq, left);
    const last = events[events.length - 1];
    if (!last) {
      continue;
    }
    left -= events.length;
    for (const event of events) {
      const type = eventTypeOf(event);
      if (type !== null && isWanted(webhook, type)) {
        await writes.webhooks.insertDelivery(await deliveryOf(context, writes, webhook, event, type));
        made += 1;
      }
    }
    await writes.webhooks.update(webhook.id, { toldSeq: last.seq });
  }
  return { made, more: left === 0 };
}

function isWanted({ events }: Webhook, type: EventType): boolean {
  return events.includes("*") || events.includes(type);
}

async function deliveryOf(
  { clock, entropy }: HubContext,
  writes: Writes,
  webhook: Webhook,
  event: AuditEvent,
  type: EventType,
): Promise<Delivery> {
  const now = clock.now();
  const data = await dataOf(writes, event);
  return {
    id: newId(clock, entropy),
    webhookId: webhook.id,
    type,
    seq: event.seq,
    body: JSON.stringify({ type, timestamp: new Date(event.at).toISOString(), data }),
    state: "pending",
    status: null,
    attempt: 0,
    ms: null,
    dueAt: now,
    createdAt: now,
  };
}

/** The payload for a receiver: enough to find the credential or account, never a secret. */
async function dataOf(writes: Writes, event: AuditEvent): Promise<Readonly<Record<string, unknown>>> {
  const { seq, owner, credentialId, details } = event;
  if (credentialId === null) {
    return { seq, username: owner };
  }
  const credential = await writes.credentials.findById(credentialId);
  return {
    seq,
    credentialId,
    owner,
    kind: details.kind ?? credential?.kind ?? null,
    hint: details.hint ?? credential?.hint ?? null,
    title: details.title ?? credential?.title ?? null,
    instance: details.instance ?? credential?.instance ?? null,
    ...(details.deadline === undefined ? {} : { deadline: details.deadline }),
    ...(details.threshold === undefined ? {} : { threshold: details.threshold }),
  };
}
