import type { DeliveryChange, SendResult } from "./ports.ts";
import type { Delivery, WebhookState } from "./webhook.ts";

/** No `Retry-After` puts an attempt off for longer. */
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;
const GONE = 410;

export interface AttemptEffect {
  readonly delivery: DeliveryChange;
  /** The webhook's new state after this attempt; null if unchanged. */
  readonly webhook: WebhookState | null;
}

/**
 * The meaning of an attempt. 2xx delivers and makes a failing webhook active; 410 disables the webhook;
 * everything else, redirects too, is retried after the next delay, or later if the receiver asked for it.
 * After the last delay the webhook is failing.
 */
export function effectOf(
  delivery: Pick<Delivery, "attempt">,
  result: SendResult & { readonly ms: number },
  { now, retriesMs }: { readonly now: number; readonly retriesMs: readonly number[] },
): AttemptEffect {
  const attempt = delivery.attempt + 1;
  const { status, ms } = result;
  const finished = { attempt, status, ms, dueAt: null };
  if (status !== null && status >= 200 && status < 300) {
    return { delivery: { ...finished, state: "delivered" }, webhook: "active" };
  }
  if (status === GONE) {
    return { delivery: { ...finished, state: "failed" }, webhook: "disabled" };
  }
  const delayMs = retriesMs[attempt - 1];
  if (delayMs === undefined) {
    return { delivery: { ...finished, state: "failed" }, webhook: "failing" };
  }
  const askedMs = Math.min(result.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  const dueAt = now + Math.max(delayMs, askedMs);
  return { delivery: { ...finished, state: "pending", dueAt }, webhook: null };
}
