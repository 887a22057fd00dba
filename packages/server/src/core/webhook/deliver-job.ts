import { SYSTEM } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import type { MetricStream } from "../metric-stream.ts";
import type { Writes } from "../store.ts";
import { effectOf } from "./attempt.ts";
import { signedHeaders } from "./signature.ts";
import type { Delivery, Webhook } from "./webhook.ts";
import type { Webhooks } from "./webhooks.ts";

/** Attempts to one webhook at a time. */
const PARALLEL = 8;
/** The number of webhooks served at the same time, so that a slow one does not hold up the others. */
const LANES_MAX = 32;
const LOOK_INTERVAL_MS = 250;
/** At a stop, attempts under way have this long to finish. */
const STOP_GRACE_MS = 3_000;

/** An attempt as operators see it. */
export interface Attempt {
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly outcome: "delivered" | "retried" | "failed";
  readonly status: number | null;
  readonly ms: number;
  readonly problem: string | null;
}

/** Sends deliveries that are due. The job's lease sees to it that of several nodes one sends. */
export function deliverWebhooksJob(
  context: HubContext,
  webhooks: Webhooks,
  attempts: MetricStream<Attempt>,
): Job {
  const { read } = context.store;
  return {
    name: "deliver-webhooks",
    everyMs: 1_000,
    hasWork: async () => (await read.webhooks.webhooksWithWork(context.clock.now(), 1)).length > 0,
    run: async (_from, signal) => {
      const cut = cutAfterGrace(signal);
      const lanes = new Map<string, Promise<void>>();
      let done = 0;
      const runLane = async (webhookId: string): Promise<void> => {
        while (!signal.aborted) {
          const due = await read.webhooks.dueDeliveries(webhookId, context.clock.now(), PARALLEL);
          const webhook = due.length === 0 ? null : await read.webhooks.find(webhookId);
          if (!webhook) {
            return;
          }
          const secrets = webhooks.signingSecrets(webhook);
          await Promise.all(
            due.map(async (delivery) => {
              const attempt = await attemptDelivery(context, { webhook, delivery, secrets, cut, signal });
              if (attempt) {
                attempts.publish(attempt);
                done += 1;
              }
            }),
          );
        }
      };
      try {
        do {
          for (const id of await read.webhooks.webhooksWithWork(context.clock.now(), LANES_MAX)) {
            if (!lanes.has(id) && lanes.size < LANES_MAX) {
              lanes.set(
                id,
                runLane(id).finally(() => lanes.delete(id)),
              );
            }
          }
          await Promise.race([...lanes.values(), pause(LOOK_INTERVAL_MS)]);
        } while (lanes.size > 0 && !signal.aborted);
      } finally {
        await Promise.allSettled(lanes.values());
      }
      return { done, next: null };
    },
  };
}

interface Sending {
  readonly webhook: Webhook;
  readonly delivery: Delivery;
  readonly secrets: Parameters<typeof signedHeaders>[1];
  /** Cuts the attempt. */
  readonly cut: AbortSignal;
  /** The server stops: an attempt that is cut now does not count. */
  readonly signal: AbortSignal;
}

/** One attempt with its outcome stored; null when a stop cut it, and then it is due as before. */
async function attemptDelivery(
  context: HubContext,
  { webhook, delivery, secrets, cut, signal }: Sending,
): Promise<Attempt | null> {
  const { id, body } = delivery;
  const began = performance.now();
  const headers = {
    "content-type": "application/json",
    ...signedHeaders({ id, body, at: context.clock.now() }, secrets),
  };
  const result = await context.outgoing.webhooks.send({ url: webhook.url, headers, body, signal: cut });
  if (result.status === null && signal.aborted) {
    return null;
  }
  const ms = Math.round(performance.now() - began);
  const now = context.clock.now();
  const retriesMs = context.policy.deliveryRetriesMs;
  const { delivery: change, webhook: state } = effectOf(delivery, { ...result, ms }, { now, retriesMs });
  // Disabling a webhook fails every delivery that still waits.
  const size = state === "disabled" ? "large" : "small";
  await context.store.write(async (writes) => {
    await writes.webhooks.updateDelivery(id, change);
    if (state !== null) {
      await moveTo(writes, webhook.id, state);
    }
  }, size);
  const outcome =
    change.state === "delivered" ? "delivered" : change.state === "failed" ? "failed" : "retried";
  return {
    webhookId: webhook.id,
    deliveryId: id,
    outcome,
    status: result.status,
    ms,
    problem: result.problem,
  };
}

/** A success makes a failing webhook active; one that was disabled meanwhile stays disabled. */
async function moveTo(writes: Writes, id: string, state: Webhook["state"]): Promise<void> {
  const webhook = await writes.webhooks.find(id);
  if (!webhook || webhook.state === state || webhook.state === "disabled") {
    return;
  }
  await writes.webhooks.update(id, { state });
  if (state === "disabled") {
    await writes.webhooks.failPending(id);
  }
  await writes.audit.append({
    action: "webhook.update",
    actor: SYSTEM,
    owner: null,
    credentialId: null,
    details: { webhook: id, origin: new URL(webhook.url).origin, state },
  });
}

function cutAfterGrace(signal: AbortSignal): AbortSignal {
  const cut = new AbortController();
  const later = () => setTimeout(() => cut.abort(), STOP_GRACE_MS).unref();
  if (signal.aborted) {
    later();
  } else {
    signal.addEventListener("abort", later, { once: true });
  }
  return cut.signal;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
