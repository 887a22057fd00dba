import { Type } from "typebox";
import { usernameKey } from "../../core/account/account.ts";
import type { AccountFilter, SharedGrantSet } from "../../core/account/ports.ts";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { formatScope, type Scope } from "../../core/authority/scope.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Receipt } from "../../core/receipt/receipt.ts";
import { reader, readJson } from "../../http/body.ts";
import { csvReply, prefersCsv } from "../../http/csv.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader, writeReceipt } from "../../http/receipt.ts";
import { ADMIN, AUDIT, OWN_THINGS } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { readFlag, readMoment, readSearch, readWord } from "./search.ts";
import {
  COUNT_MAX,
  CountView,
  cutPage,
  GrantBody,
  GrantsAnswer,
  GrantsBody,
  LIMIT_MAX,
  NewUserBody,
  Nullable,
  onePast,
  ReceiptAnswer,
  readLimit,
  refuseUnknownParameters,
  UserPatchBody,
  UserView,
  viewUser,
} from "./wire.ts";

const readNewUser = reader(NewUserBody, { strict: true });
const readUserPatch = reader(UserPatchBody, { strict: true });
const readGrant = reader(GrantBody, { strict: true });
const readGrants = reader(GrantsBody, { strict: true });

function username(request: WireRequest): string {
  return request.params.username ?? "";
}

function grantSet(request: WireRequest): SharedGrantSet {
  const { set } = request.params;
  if (set !== "anonymous" && set !== "authenticated") {
    throw new HubError("not_found");
  }
  return set;
}

export function userRoutes(base: string): readonly AnyRoute[] {
  return [
    listRoute(base),
    route({
      method: "POST",
      path: `${base}/users`,
      access: ADMIN,
      description: {
        id: "createUser",
        summary: "Create an account",
        tag: "users",
        body: NewUserBody,
        status: 201,
        answer: UserView,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNewUser(readJson(request)),
      run: (hub, body, caller) => hub.accounts.create(body, caller),
      write: (account) => ({ status: 201, body: viewUser(account) }),
    }),
    route({
      method: "GET",
      path: `${base}/users/:username`,
      access: AUDIT,
      description: {
        id: "getUser",
        summary: "One account",
        tag: "users",
        status: 200,
        answer: UserView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: username,
      run: (hub, name) => hub.accounts.getPerson(name),
      write: (account) => ({ status: 200, body: viewUser(account) }),
    }),
    route({
      method: "PATCH",
      path: `${base}/users/:username`,
      access: ADMIN,
      description: {
        id: "updateUser",
        summary:
          "Change an account; disabling it or setting its password ends all its credentials and sessions",
        tag: "users",
        body: UserPatchBody,
        status: 200,
        answer: UserView,
        refusals: [400, 401, 403, 404, 409],
      } satisfies RouteDescription,
      read: (request) => ({ name: username(request), patch: readUserPatch(readJson(request)) }),
      run: async (hub, { name, patch }, caller) => {
        const account = await hub.accounts.update(name, patch, caller);
        return { account, receipt: await hub.receipts.take() };
      },
      write: ({ account, receipt }) => ({
        status: 200,
        body: viewUser(account),
        headers: appliedHeader(receipt),
      }),
    }),
    route({
      method: "DELETE",
      path: `${base}/users/:username`,
      access: ADMIN,
      description: {
        id: "deleteUser",
        summary: "Delete an account; all its credentials and sessions end",
        tag: "users",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404, 409],
      } satisfies RouteDescription,
      read: username,
      run: async (hub, name, caller) => {
        await hub.accounts.remove(name, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
    authorityRoute(base),
    ...grantRoutes(base),
  ];
}

/** What narrows the list, and what each parameter means. */
const FILTER_QUERY = {
  search: "text within the user name, the name or the email, at most 200 characters",
  role: "admin, auditor or member",
  disabled: "true or false",
  createdSince: "RFC 3339: created then or later",
  createdBefore: "RFC 3339: created before then",
} as const;
const USER_COLUMNS = Object.keys(UserView.properties);

function listRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/users`,
    access: AUDIT,
    description: {
      id: "listUsers",
      summary: "All accounts, by name",
      tag: "users",
      query: { cursor: "nextCursor of the previous answer", limit: "1 to 200", ...FILTER_QUERY },
      status: 200,
      answer: Type.Object({
        users: Type.Array(UserView),
        nextCursor: Nullable(Type.String()),
        total: CountView,
      }),
      csv: "every account of the filter; limit and cursor are ignored",
      refusals: [400, 401, 403],
    } satisfies RouteDescription,
    read: readUserFilter,
    run: async (hub, { csv, page, filter }) => {
      if (csv) {
        return { rows: allUsers(hub, filter) };
      }
      const found = await hub.accounts.list({ ...filter, ...onePast(page) });
      const { shown, last } = cutPage(found, page.limit);
      const count = await hub.accounts.countPersons({ ...filter, limit: COUNT_MAX + 1 });
      return {
        users: shown.map(viewUser),
        nextCursor: last?.username.toLowerCase() ?? null,
        total: { count: Math.min(count, COUNT_MAX), complete: count <= COUNT_MAX },
      };
    },
    write: (output) =>
      "rows" in output ? csvReply("users", USER_COLUMNS, output.rows) : { status: 200, body: output },
  });
}

function readUserFilter(request: WireRequest) {
  refuseUnknownParameters(request, ["cursor", "limit", ...Object.keys(FILTER_QUERY)]);
  const { query } = request;
  const csv = prefersCsv(request);
  return {
    csv,
    page: csv
      ? { after: undefined, limit: LIMIT_MAX }
      : { after: query.get("cursor") ?? undefined, limit: readLimit(request) },
    filter: {
      text: readSearch(query.get("search")),
      role: readWord(query, "role", ["admin", "auditor", "member"] as const),
      disabled: readFlag(query, "disabled"),
      createdSince: readMoment(query, "createdSince"),
      createdBefore: readMoment(query, "createdBefore"),
    },
  };
}

/** By name, page by page, so that no export holds the hub up. */
async function* allUsers(hub: Hub, filter: AccountFilter) {
  let after: string | undefined;
  do {
    const found = await hub.accounts.list({ ...filter, ...onePast({ after, limit: LIMIT_MAX }) });
    const { shown, last } = cutPage(found, LIMIT_MAX);
    yield* shown.map(viewUser);
    after = last?.username.toLowerCase();
  } while (after !== undefined);
}

/** "Why may she?" A person may ask about her own account. */
function authorityRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/users/:username/authority`,
    access: OWN_THINGS,
    description: {
      id: "getAuthority",
      summary: "Every grant that an account holds, and where it comes from",
      tag: "users",
      status: 200,
      answer: Type.Object({
        grants: Type.Array(
          Type.Object({
            grant: Type.String({ description: "type:name:action[,action]" }),
            from: Type.String({ description: "own, team:<name> or everyone" }),
          }),
        ),
      }),
      refusals: [401, 403, 404],
    } satisfies RouteDescription,
    read: username,
    run: async (hub, name, { account, authority }) => {
      const isOwn = account !== null && usernameKey(name) === usernameKey(account.username);
      if (!isOwn && (account?.role === "member" || !authority.permits(HUB_AUDIT))) {
        throw new HubError("forbidden");
      }
      return hub.accounts.explainAuthority(name);
    },
    write: (grants) => ({
      status: 200,
      body: { grants: grants.map(({ grant, from }) => ({ grant: formatScope(grant), from })) },
    }),
  });
}

function oneGrantRoute(
  base: string,
  {
    method,
    id,
    summary,
  }: { readonly method: "POST" | "DELETE"; readonly id: string; readonly summary: string },
): AnyRoute {
  return route({
    method,
    path: `${base}/users/:username/grants`,
    access: ADMIN,
    description: {
      id,
      summary,
      tag: "grants",
      body: GrantBody,
      status: 200,
      answer: GrantsAnswer,
      refusals: [400, 401, 403, 404],
    } satisfies RouteDescription,
    read: (request) => ({ name: username(request), grant: readGrant(readJson(request)).grant }),
    run: async (hub, { name, grant }, caller) => {
      const after = await hub.accounts.changeGrant(name, { grant, held: method === "POST" }, caller);
      return { after, receipt: await hub.receipts.take() };
    },
    write: writeGrants,
  });
}

function writeGrants({ after, receipt }: { readonly after: readonly Scope[]; readonly receipt: Receipt }) {
  return { status: 200, body: { grants: after.map(formatScope) }, headers: appliedHeader(receipt) };
}

function grantRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/users/:username/grants`,
      access: AUDIT,
      description: {
        id: "getGrants",
        summary: "The grants of an account itself",
        tag: "grants",
        status: 200,
        answer: GrantsAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: username,
      run: async (hub, name) => (await hub.accounts.getPerson(name)).grants,
      write: (grants) => ({ status: 200, body: { grants: grants.map(formatScope) } }),
    }),
    route({
      method: "PUT",
      path: `${base}/users/:username/grants`,
      access: ADMIN,
      description: {
        id: "setGrants",
        summary: "Replace the grants of an account",
        tag: "grants",
        body: GrantsBody,
        status: 200,
        answer: GrantsAnswer,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ name: username(request), grants: readGrants(readJson(request)).grants }),
      run: async (hub, { name, grants }, caller) => {
        const after = await hub.accounts.setGrants(name, grants, caller);
        return { after, receipt: await hub.receipts.take() };
      },
      write: writeGrants,
    }),
    oneGrantRoute(base, { method: "POST", id: "addGrant", summary: "Add one grant; the others stay" }),
    oneGrantRoute(base, {
      method: "DELETE",
      id: "removeGrant",
      summary: "Remove one grant; the others stay",
    }),
    route({
      method: "GET",
      path: `${base}/grants/:set`,
      access: AUDIT,
      description: {
        id: "getSharedGrants",
        summary:
          "The grants of callers without an account (anonymous) or of every signed-in account (authenticated)",
        tag: "grants",
        status: 200,
        answer: GrantsAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: grantSet,
      run: (hub, set) => hub.accounts.sharedGrants(set),
      write: (grants) => ({ status: 200, body: { grants: grants.map(formatScope) } }),
    }),
    route({
      method: "PUT",
      path: `${base}/grants/:set`,
      access: ADMIN,
      description: {
        id: "setSharedGrants",
        summary: "Replace a shared set of grants",
        tag: "grants",
        body: GrantsBody,
        status: 200,
        answer: GrantsAnswer,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ set: grantSet(request), grants: readGrants(readJson(request)).grants }),
      run: async (hub, { set, grants }, caller) => {
        const after = await hub.accounts.setSharedGrants(set, grants, caller);
        return { after, receipt: await hub.receipts.take() };
      },
      write: writeGrants,
    }),
  ];
}
