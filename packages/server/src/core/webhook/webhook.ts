import type { EventType } from "../events/event-types.ts";

/** `failing`: the last delivery was given up, others are still tried. `disabled`: nothing is sent. */
export type WebhookState = "active" | "failing" | "disabled";

/** `*` stands for every event type. */
export type WebhookEvent = EventType | "*";

/** An address that is told of events by HTTP. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string | null;
  readonly state: WebhookState;
  /** The signing secret, sealed. */
  readonly sealedSecret: Buffer;
  /** The secret before the last rotation, which signs as well until then. */
  readonly former: { readonly sealedSecret: Buffer; readonly until: number } | null;
  /** The last audit event that was looked at for this webhook. */
  readonly toldSeq: number;
  readonly createdAt: number;
}

export type DeliveryState = "pending" | "delivered" | "failed";

/** One event on its way to one webhook. Its id is the `webhook-id` of every attempt. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly type: EventType;
  /** The audit event's number; null for a test. */
  readonly seq: number | null;
  /** The JSON that is sent. */
  readonly body: string;
  readonly state: DeliveryState;
  /** The HTTP status of the last attempt; null when there was no answer. */
  readonly status: number | null;
  /** The number of attempts. */
  readonly attempt: number;
  readonly ms: number | null;
  /** When the next attempt is due; null when none is. */
  readonly dueAt: number | null;
  readonly createdAt: number;
}
