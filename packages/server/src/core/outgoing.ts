import type { WebhookSender } from "./webhook/ports.ts";

/** The ways by which the hub tells others what happens. */
export interface Outgoing {
  readonly webhooks: WebhookSender;
}
