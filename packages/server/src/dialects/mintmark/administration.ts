import { Type } from "typebox";
import { kindsUnder } from "../../core/credential/kinds.ts";
import { DURATION_GRAMMAR, parseDuration } from "../../core/duration.ts";
import { HubError } from "../../core/errors.ts";
import type { KeyPurpose } from "../../core/keys/signing-key.ts";
import { malformed } from "../../core/malformed.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader, writeReceipt } from "../../http/receipt.ts";
import { ADMIN, AUDIT, SIGNED_IN } from "./access.ts";
import { auditRoutes } from "./audit.ts";
import type { RouteDescription } from "./route-description.ts";
import {
  ClientView,
  InstanceView,
  KeyView,
  NewClientBody,
  NewInstanceBody,
  ReceiptAnswer,
  time,
  viewClient,
  viewInstance,
} from "./wire.ts";

const readNewInstance = reader(NewInstanceBody, { strict: true });
const readNewClient = reader(NewClientBody, { strict: true });
const NullableText = Type.Union([Type.String(), Type.Null()]);
const PURPOSES: readonly KeyPurpose[] = ["realm", "registry", "zen"];

export function administrationRoutes(base: string): readonly AnyRoute[] {
  return [
    ...instanceRoutes(base),
    ...clientRoutes(base),
    ...auditRoutes(base),
    ...policyRoutes(base),
    ...keyRoutes(base),
  ];
}

function instanceRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/instances`,
      access: SIGNED_IN,
      description: {
        id: "listInstances",
        summary: "Service instances; members see those they may use",
        tag: "instances",
        status: 200,
        answer: Type.Object({ instances: Type.Array(InstanceView) }),
        refusals: [401],
      } satisfies RouteDescription,
      read: () => null,
      run: (hub, _input, caller) =>
        caller.account?.role === "auditor" ? hub.instances.list() : hub.instances.listFor(caller),
      write: (instances) => ({ status: 200, body: { instances: instances.map(viewInstance) } }),
    }),
    route({
      method: "POST",
      path: `${base}/instances`,
      access: ADMIN,
      description: {
        id: "createInstance",
        summary: "Register a service instance",
        tag: "instances",
        body: NewInstanceBody,
        status: 201,
        answer: InstanceView,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNewInstance(readJson(request)),
      run: (hub, body, caller) => hub.instances.create(body, caller),
      write: (instance) => ({ status: 201, body: viewInstance(instance) }),
    }),
    route({
      method: "DELETE",
      path: `${base}/instances/:id`,
      access: ADMIN,
      description: {
        id: "deleteInstance",
        summary: "Remove a service instance; its keys end",
        tag: "instances",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) => {
        await hub.instances.remove(id, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
  ];
}

function clientRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/oauth/clients`,
      access: AUDIT,
      description: {
        id: "listClients",
        summary: "Registered OAuth clients",
        tag: "clients",
        status: 200,
        answer: Type.Object({ clients: Type.Array(ClientView) }),
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: (hub) => hub.clients.list(),
      write: (clients) => ({ status: 200, body: { clients: clients.map(viewClient) } }),
    }),
    route({
      method: "POST",
      path: `${base}/oauth/clients`,
      access: ADMIN,
      description: {
        id: "createClient",
        summary:
          "Register an OAuth client; the secret of a confidential client is in this answer and is never shown again",
        tag: "clients",
        body: NewClientBody,
        status: 201,
        answer: Type.Object({ client: ClientView, clientSecret: NullableText }),
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNewClient(readJson(request)),
      run: (hub, body, caller) => hub.clients.create(body, caller),
      write: ({ client, secret }) => ({
        status: 201,
        body: { client: viewClient(client), clientSecret: secret?.reveal() ?? null },
      }),
    }),
    route({
      method: "POST",
      path: `${base}/oauth/clients/:clientId/rotate-secret`,
      access: ADMIN,
      description: {
        id: "rotateClientSecret",
        summary:
          "Give a confidential client a new secret, which is never shown again; the former secret and all tokens made with it end at once",
        tag: "clients",
        status: 200,
        answer: Type.Object({ client: ClientView, clientSecret: Type.String() }),
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.clientId ?? "",
      run: async (hub, id, caller) => {
        const renewed = await hub.clients.renewSecret(id, caller);
        return { ...renewed, receipt: await hub.receipts.take() };
      },
      write: ({ client, secret, receipt }) => ({
        status: 200,
        body: { client: viewClient(client), clientSecret: secret.reveal() },
        headers: appliedHeader(receipt),
      }),
    }),
    route({
      method: "DELETE",
      path: `${base}/oauth/clients/:clientId`,
      access: ADMIN,
      description: {
        id: "deleteClient",
        summary: "Remove an OAuth client; all credentials issued to it end",
        tag: "clients",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.clientId ?? "",
      run: async (hub, id, caller) => {
        await hub.clients.remove(id, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
  ];
}

function policyRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/policy/api-key-expiration`,
      access: AUDIT,
      description: {
        id: "previewApiKeyExpiration",
        summary:
          "How many active platform and instance keys a value of MINTMARK_API_KEY_EXPIRATION would end at once",
        tag: "audit",
        query: { value: "a duration, or never" },
        required: ["value"],
        status: 200,
        answer: Type.Object({ wouldEnd: Type.Integer() }),
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => {
        const value = request.query.get("value") ?? "";
        const ms = value === "never" ? null : parseDuration(value);
        if (ms !== null && typeof ms !== "number") {
          throw malformed("value", `${DURATION_GRAMMAR}, or never`, value);
        }
        return ms;
      },
      run: async (hub, lifeMs) =>
        lifeMs === null ? 0 : hub.credentials.countOlderThan(kindsUnder("apiKeyExpirationMs"), lifeMs),
      write: (wouldEnd) => ({ status: 200, body: { wouldEnd } }),
    }),
  ];
}

function keyRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/keys`,
      access: AUDIT,
      description: {
        id: "listKeys",
        summary: "Signing keys: next, current and retired",
        tag: "keys",
        status: 200,
        answer: Type.Object({ keys: Type.Array(KeyView) }),
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: (hub) => hub.keys.list(),
      write: (keys) => ({
        status: 200,
        body: {
          keys: keys.map(
            ({ id, purpose, algorithm, state, thumbprint, createdAt, activatedAt, retiredAt }) => ({
              id,
              purpose,
              algorithm,
              state,
              kid: thumbprint,
              createdAt: time(createdAt),
              activatedAt: activatedAt === null ? null : time(activatedAt),
              retiredAt: retiredAt === null ? null : time(retiredAt),
            }),
          ),
        },
      }),
    }),
    route({
      method: "POST",
      path: `${base}/keys/:purpose/rotate`,
      access: ADMIN,
      description: {
        id: "rotateKey",
        summary:
          "Sign with the next key from now on; the current key stays published until its tokens have expired",
        tag: "keys",
        status: 204,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readPurpose,
      run: (hub, purpose, caller) => hub.keys.rotate(purpose, caller),
      write: () => ({ status: 204 }),
    }),
  ];
}

function readPurpose(request: WireRequest): KeyPurpose {
  const purpose = PURPOSES.find((known) => known === request.params.purpose);
  if (!purpose) {
    throw new HubError("not_found");
  }
  return purpose;
}
