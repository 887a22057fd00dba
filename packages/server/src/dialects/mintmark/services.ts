import { Type } from "typebox";
import { usernameKey } from "../../core/account/account.ts";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { formatScope } from "../../core/authority/scope.ts";
import type { Caller } from "../../core/caller.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader, writeReceipt } from "../../http/receipt.ts";
import { ADMIN, MAKE_SECRETS, OWN_THINGS } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { NewServiceBody, ServicePatchBody, ServiceView, viewService } from "./service-views.ts";
import {
  cutPage,
  GrantsAnswer,
  GrantsBody,
  onePast,
  ReceiptAnswer,
  readLimit,
  refuseUnknownParameters,
} from "./wire.ts";

const readNewService = reader(NewServiceBody, { strict: true });
const readServicePatch = reader(ServicePatchBody, { strict: true });
const readGrants = reader(GrantsBody, { strict: true });

/**
 * Accounts for machines. Stewards see and use their own; administrators see all, and decide about grants and
 * stewards.
 */
export function serviceRoutes(base: string): readonly AnyRoute[] {
  return [
    ...listAndCreateRoutes(base),
    ...oneServiceRoutes(base),
    ...serviceGrantRoutes(base),
    clientRoute(base),
  ];
}

function listAndCreateRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/services`,
      access: OWN_THINGS,
      description: {
        id: "listServices",
        summary:
          "Services, by name; those that the caller is a steward of, or all for administrators and auditors",
        tag: "services",
        query: { cursor: "nextCursor of the previous answer", limit: "1 to 200" },
        status: 200,
        answer: Type.Object({
          services: Type.Array(ServiceView),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => {
        refuseUnknownParameters(request, ["cursor", "limit"]);
        return { after: request.query.get("cursor") ?? undefined, limit: readLimit(request) };
      },
      run: async (hub, page, caller) => {
        const found = await hub.services.list({ ...onePast(page), stewardId: stewardToList(caller) });
        const { shown, last } = cutPage(found, page.limit);
        return {
          services: shown.map(viewService),
          nextCursor: last ? usernameKey(last.service.username) : null,
        };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "POST",
      path: `${base}/services`,
      access: ADMIN,
      description: {
        id: "createService",
        summary: "Create a service: an account for a program, with people who are responsible for it",
        tag: "services",
        body: NewServiceBody,
        status: 201,
        answer: ServiceView,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNewService(readJson(request)),
      run: (hub, body, caller) => hub.services.create({ ...body, stewards: body.stewards ?? [] }, caller),
      write: (found) => ({ status: 201, body: viewService(found) }),
    }),
  ];
}

function oneServiceRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/services/:name`,
      access: OWN_THINGS,
      description: {
        id: "getService",
        summary: "One service",
        tag: "services",
        status: 200,
        answer: ServiceView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: serviceName,
      run: (hub, name, caller) => hub.services.get(name, caller),
      write: (found) => ({ status: 200, body: viewService(found) }),
    }),
    route({
      method: "PATCH",
      path: `${base}/services/:name`,
      access: OWN_THINGS,
      description: {
        id: "updateService",
        summary: "Change a service: stewards its description, administrators also stewards and grants",
        tag: "services",
        body: ServicePatchBody,
        status: 200,
        answer: ServiceView,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ name: serviceName(request), patch: readServicePatch(readJson(request)) }),
      run: async (hub, { name, patch }, caller) => {
        const found = await hub.services.update(name, patch, caller);
        return { found, receipt: await hub.receipts.take() };
      },
      write: ({ found, receipt }) => ({
        status: 200,
        body: viewService(found),
        headers: appliedHeader(receipt),
      }),
    }),
    route({
      method: "DELETE",
      path: `${base}/services/:name`,
      access: OWN_THINGS,
      description: {
        id: "deleteService",
        summary: "Delete a service; all its credentials end (administrators)",
        tag: "services",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: serviceName,
      run: async (hub, name, caller) => {
        await hub.services.remove(name, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
  ];
}

function serviceGrantRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/services/:name/grants`,
      access: OWN_THINGS,
      description: {
        id: "getServiceGrants",
        summary: "The grants of a service",
        tag: "services",
        status: 200,
        answer: GrantsAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: serviceName,
      run: async (hub, name, caller) => (await hub.services.get(name, caller)).service.grants,
      write: (grants) => ({ status: 200, body: { grants: grants.map(formatScope) } }),
    }),
    route({
      method: "PUT",
      path: `${base}/services/:name/grants`,
      access: OWN_THINGS,
      description: {
        id: "setServiceGrants",
        summary: "Replace the grants of a service (administrators)",
        tag: "services",
        body: GrantsBody,
        status: 200,
        answer: GrantsAnswer,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ name: serviceName(request), grants: readGrants(readJson(request)).grants }),
      run: async (hub, { name, grants }, caller) => {
        const set = await hub.services.setGrants(name, grants, caller);
        return { set, receipt: await hub.receipts.take() };
      },
      write: ({ set, receipt }) => ({
        status: 200,
        body: { grants: set.map(formatScope) },
        headers: appliedHeader(receipt),
      }),
    }),
  ];
}

function clientRoute(base: string): AnyRoute {
  return route({
    method: "POST",
    path: `${base}/services/:name/client`,
    access: MAKE_SECRETS,
    description: {
      id: "renewServiceClient",
      summary:
        "The service's own OAuth client for client_credentials, with a new secret; the former secret ends (stewards)",
      tag: "services",
      status: 201,
      answer: Type.Object({ clientId: Type.String(), clientSecret: Type.String() }),
      refusals: [401, 403, 404],
    } satisfies RouteDescription,
    read: serviceName,
    run: async (hub, name, caller) => {
      const made = await hub.services.renewClient(name, caller);
      return { ...made, receipt: await hub.receipts.take() };
    },
    write: ({ clientId, secret, receipt }) => ({
      status: 201,
      body: { clientId, clientSecret: secret.reveal() },
      headers: appliedHeader(receipt),
    }),
  });
}

/** Undefined: everybody's. */
function stewardToList({ account, authority }: Caller): string | undefined {
  const seesAll = account !== null && account.role !== "member" && authority.permits(HUB_AUDIT);
  return seesAll ? undefined : (account?.id ?? "");
}

function serviceName(request: WireRequest): string {
  return request.params.name ?? "";
}
