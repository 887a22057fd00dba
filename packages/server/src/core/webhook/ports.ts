import type { Delivery, Webhook } from "./webhook.ts";

export interface WebhookReads {
  list(): Promise<readonly Webhook[]>;
  find(id: string): Promise<Webhook | null>;
  /** The newest deliveries of a webhook, newest first. */
  deliveries(webhookId: string, limit: number): Promise<readonly Delivery[]>;
  findDelivery(webhookId: string, id: string): Promise<Delivery | null>;
  /** The ids of webhooks that have a delivery due, at most `limit`. */
  webhooksWithWork(now: number, limit: number): Promise<readonly string[]>;
  /** The deliveries of a webhook that are due, the longest waiting first. */
  dueDeliveries(webhookId: string, now: number, limit: number): Promise<readonly Delivery[]>;
}

export type WebhookChange = Partial<
  Pick<Webhook, "url" | "events" | "description" | "state" | "sealedSecret" | "former" | "toldSeq">
>;

export type DeliveryChange = Partial<Pick<Delivery, "state" | "status" | "attempt" | "ms" | "dueAt">>;

export interface WebhookWrites extends WebhookReads {
  insert(webhook: Webhook): Promise<void>;
  update(id: string, change: WebhookChange): Promise<void>;
  /** Removes the webhook with its deliveries. True when there was one. */
  remove(id: string): Promise<boolean>;
  insertDelivery(delivery: Delivery): Promise<void>;
  updateDelivery(id: string, change: DeliveryChange): Promise<void>;
  /** Gives up every delivery of the webhook that still waits. */
  failPending(webhookId: string): Promise<void>;
  /** Removes finished deliveries but the newest `keep` of the webhook; returns how many. */
  purgeDeliveries(webhookId: string, keep: number): Promise<number>;
}

/**
 * How an attempt came out. `status` is null when no answer came: refused, cut, too late, or an address that
 * is not allowed.
 */
export interface SendResult {
  readonly status: number | null;
  /** The delay in `Retry-After`. */
  readonly retryAfterMs: number | null;
  /** For the log. */
  readonly problem: string | null;
}

/** Sends webhooks over the network. */
export interface WebhookSender {
  /** True if this URL may be called. A name that does not resolve now is checked again at each attempt. */
  judge(url: string): Promise<"allowed" | "address_not_allowed" | "malformed">;
  /** One attempt. Never rejects: what went wrong is in the result. The signal cuts it short. */
  send(message: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  }): Promise<SendResult>;
}
