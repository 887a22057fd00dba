import { type Static, Type } from "typebox";
import { EVENT_TYPES } from "../../core/events/event-types.ts";
import type { Delivery, Webhook } from "../../core/webhook/webhook.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { ADMIN, ADMIN_FRESH } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { time } from "./wire.ts";

const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const Events = Type.Array(Type.String({ maxLength: 64 }), {
  maxItems: 50,
  description: `* for all, or any of ${EVENT_TYPES.join(", ")}`,
});
const Description = Type.Optional(Nullable(Type.String({ maxLength: 2_000 })));

const WebhookView = Type.Object({
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: Nullable(Type.String()),
  state: Type.Unsafe<Webhook["state"]>({ type: "string", enum: ["active", "failing", "disabled"] }),
  createdAt: Type.String({ format: "date-time" }),
});

const WithSecret = Type.Object({
  webhook: WebhookView,
  secret: Type.String({ description: "whsec_…, never shown again" }),
});

const DeliveryView = Type.Object({
  id: Type.String({ description: "the webhook-id of every attempt" }),
  type: Type.String(),
  seq: Nullable(Type.Integer({ description: "the audit event; null for a test" })),
  state: Type.Unsafe<Delivery["state"]>({ type: "string", enum: ["pending", "delivered", "failed"] }),
  status: Nullable(Type.Integer({ description: "HTTP status of the last answer; null without an answer" })),
  attempt: Type.Integer({ description: "attempts so far" }),
  ms: Nullable(Type.Integer({ description: "how long the last attempt took" })),
  nextAttemptAt: Nullable(Type.String({ format: "date-time" })),
});

const NewWebhookBody = Type.Object({
  url: Type.String({ maxLength: 2_048 }),
  events: Events,
  description: Description,
});
const WebhookPatchBody = Type.Object({
  url: Type.Optional(Type.String({ maxLength: 2_048 })),
  events: Type.Optional(Events),
  description: Description,
  state: Type.Optional(Type.Unsafe<"active" | "disabled">({ type: "string", enum: ["active", "disabled"] })),
});

const readNew = reader(NewWebhookBody, { strict: true });
const readPatch = reader(WebhookPatchBody, { strict: true });

export function webhookRoutes(base: string): readonly AnyRoute[] {
  return [...settings(`${base}/webhooks`), ...deliveries(`${base}/webhooks`)];
}

function settings(path: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path,
      access: ADMIN,
      description: {
        id: "listWebhooks",
        summary: "All webhooks",
        tag: "webhooks",
        status: 200,
        answer: Type.Object({ webhooks: Type.Array(WebhookView) }),
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: (hub) => hub.webhooks.list(),
      write: (webhooks) => ({ status: 200, body: { webhooks: webhooks.map(viewWebhook) } }),
    }),
    route({
      method: "POST",
      path,
      access: ADMIN_FRESH,
      description: {
        id: "createWebhook",
        summary:
          "Create a webhook (Standard Webhooks); its signing secret is in this answer and is never shown again",
        tag: "webhooks",
        body: NewWebhookBody,
        status: 201,
        answer: WithSecret,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNew(readJson(request)),
      run: (hub, body, caller) => hub.webhooks.create(body, caller),
      write: ({ webhook, secret }) => ({
        status: 201,
        body: { webhook: viewWebhook(webhook), secret: secret.reveal() },
      }),
    }),
    route({
      method: "GET",
      path: `${path}/:id`,
      access: ADMIN,
      description: {
        id: "getWebhook",
        summary: "One webhook",
        tag: "webhooks",
        status: 200,
        answer: WebhookView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readId,
      run: (hub, id) => hub.webhooks.get(id),
      write: (webhook) => ({ status: 200, body: viewWebhook(webhook) }),
    }),
    route({
      method: "PATCH",
      path: `${path}/:id`,
      access: ADMIN,
      description: {
        id: "updateWebhook",
        summary: "Change a webhook; state active also resets failing",
        tag: "webhooks",
        body: WebhookPatchBody,
        status: 200,
        answer: WebhookView,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ id: readId(request), patch: readPatch(readJson(request) ?? {}) }),
      run: (hub, { id, patch }, caller) => hub.webhooks.update(id, patch, caller),
      write: (webhook) => ({ status: 200, body: viewWebhook(webhook) }),
    }),
    route({
      method: "DELETE",
      path: `${path}/:id`,
      access: ADMIN,
      description: {
        id: "deleteWebhook",
        summary: "Delete a webhook; pending deliveries are dropped",
        tag: "webhooks",
        status: 204,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readId,
      run: (hub, id, caller) => hub.webhooks.remove(id, caller),
      write: () => ({ status: 204 }),
    }),
    route({
      method: "POST",
      path: `${path}/:id/rotate-secret`,
      access: ADMIN_FRESH,
      description: {
        id: "rotateWebhookSecret",
        summary: "Give it a new signing secret; the former one also signs for 24 hours",
        tag: "webhooks",
        status: 200,
        answer: WithSecret,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readId,
      run: (hub, id, caller) => hub.webhooks.rotateSecret(id, caller),
      write: ({ webhook, secret }) => ({
        status: 200,
        body: { webhook: viewWebhook(webhook), secret: secret.reveal() },
      }),
    }),
  ];
}

function deliveries(path: string): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${path}/:id/test`,
      access: ADMIN,
      description: {
        id: "testWebhook",
        summary: "Send it a webhook.test event",
        tag: "webhooks",
        status: 202,
        answer: DeliveryView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readId,
      run: (hub, id, caller) => hub.webhooks.test(id, caller),
      write: (delivery) => ({ status: 202, body: viewDelivery(delivery) }),
    }),
    route({
      method: "GET",
      path: `${path}/:id/deliveries`,
      access: ADMIN,
      description: {
        id: "listDeliveries",
        summary: "The last 100 deliveries, newest first, one entry for each event",
        tag: "webhooks",
        status: 200,
        answer: Type.Object({ deliveries: Type.Array(DeliveryView) }),
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readId,
      run: (hub, id) => hub.webhooks.deliveries(id),
      write: (found) => ({ status: 200, body: { deliveries: found.map(viewDelivery) } }),
    }),
    route({
      method: "POST",
      path: `${path}/:id/deliveries/:deliveryId/redeliver`,
      access: ADMIN,
      description: {
        id: "redeliver",
        summary: "Send a delivery again, under the same webhook-id",
        tag: "webhooks",
        status: 202,
        answer: DeliveryView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ id: readId(request), deliveryId: request.params.deliveryId ?? "" }),
      run: (hub, { id, deliveryId }, caller) => hub.webhooks.redeliver(id, deliveryId, caller),
      write: (delivery) => ({ status: 202, body: viewDelivery(delivery) }),
    }),
  ];
}

function readId(request: WireRequest): string {
  return request.params.id ?? "";
}

function viewWebhook({
  id,
  url,
  events,
  description,
  state,
  createdAt,
}: Webhook): Static<typeof WebhookView> {
  return { id, url, events: [...events], description, state, createdAt: time(createdAt) };
}

function viewDelivery(delivery: Delivery): Static<typeof DeliveryView> {
  const { id, type, seq, state, status, attempt, ms, dueAt } = delivery;
  return { id, type, seq, state, status, attempt, ms, nextAttemptAt: dueAt === null ? null : time(dueAt) };
}
