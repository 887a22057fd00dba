import { Type } from "typebox";
import { type Account, usernameKey } from "../../core/account/account.ts";
import { HUB_ADMIN, HUB_AUDIT } from "../../core/authority/authority.ts";
import { type Caller, requireAccount } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { versionOf } from "../../core/credential/edit.ts";
import {
  type CredentialPlace,
  type CredentialSort,
  NEWEST_FIRST,
  placeOf,
} from "../../core/credential/order.ts";
import type { CredentialFilter } from "../../core/credential/ports.ts";
import { DURATION_GRAMMAR, parseDuration } from "../../core/duration.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { malformed } from "../../core/malformed.ts";
import { reader, readJson } from "../../http/body.ts";
import { etagOf } from "../../http/conditional.ts";
import { csvReply, prefersCsv } from "../../http/csv.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader, writeReceipt } from "../../http/receipt.ts";
import { MAKE_SECRETS, OWN_THINGS } from "./access.ts";
import { FILTER_QUERY, ownerToList, readFilter } from "./credential-filter.ts";
import { readCursor, readOrder, writeCursor } from "./credential-order.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import type { RouteDescription } from "./route-description.ts";
import {
  cutPage,
  LIMIT_MAX,
  NewCredentialBody,
  onePast,
  ReceiptAnswer,
  RevokeAllBody,
  RevokeBody,
  readLimit,
  readTime,
  refuseUnknownParameters,
} from "./wire.ts";

const CREDENTIAL_COLUMNS = Object.keys(CredentialView.properties);

const readNew = reader(NewCredentialBody, { strict: true });
const readRevoke = reader(RevokeBody, { strict: true });
const readRevokeAll = reader(RevokeAllBody, { strict: true });
const USAGE_DAYS = 90;
const DAY_MS = 86_400_000;

const DailyUseAnswer = Type.Object({
  days: Type.Array(Type.Object({ day: Type.String(), count: Type.Integer() })),
});

export function credentialRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/credentials`,
      access: OWN_THINGS,
      description: {
        id: "listCredentials",
        summary: "The caller's credentials; for administrators and auditors also those of others (owner=*)",
        tag: "credentials",
        query: {
          ...FILTER_QUERY,
          sort: "created, lastUsed, expires, title or kind, with a leading - for descending order; -created if absent. A credential that was never used counts as used longest ago, one that never expires comes last, one without a title first",
          cursor: "nextCursor of the previous answer, with the same sort",
          limit: "1 to 200",
        },
        status: 200,
        answer: Type.Object({
          credentials: Type.Array(CredentialView),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
        csv: "every credential of the filter; limit and cursor are ignored, and so is a sort by lastUsed or expires",
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: readList,
      run: async (hub, { csv, ...filter }, caller) => {
        const ownerId = await ownerToList(hub, filter.owner, caller);
        if (csv) {
          return { rows: allCredentials(hub, { ...filter, ownerId }) };
        }
        const found = await hub.credentials.list({ ...onePast(filter), ownerId });
        const { shown, last } = cutPage(found, filter.limit);
        return {
          credentials: await Promise.all(shown.map((one) => viewCredential(hub, one))),
          nextCursor: last ? writeCursor(last, filter.order) : null,
        };
      },
      write: (output) =>
        "rows" in output
          ? csvReply("credentials", CREDENTIAL_COLUMNS, output.rows)
          : { status: 200, body: output },
    }),
    route({
      method: "POST",
      path: `${base}/credentials`,
      access: MAKE_SECRETS,
      description: {
        id: "createCredential",
        summary: "Create a credential; its secret is in this answer and is never shown again",
        tag: "credentials",
        body: NewCredentialBody,
        status: 201,
        answer: Type.Object({ credential: CredentialView, secret: Type.String() }),
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => readIssue(request),
      run: async (hub, issue, caller) => {
        const owner = await ownerToMakeFor(hub, issue.owner, caller);
        const { credential, secret } = await hub.issuance.issue(owner, issue, caller);
        return { credential: await viewCredential(hub, credential), secret };
      },
      write: ({ credential, secret }) => ({ status: 201, body: { credential, secret: secret.reveal() } }),
    }),
    route({
      method: "GET",
      path: `${base}/credentials/:id`,
      access: OWN_THINGS,
      description: {
        id: "getCredential",
        summary: "One credential, also when it has ended",
        tag: "credentials",
        status: 200,
        answer: CredentialView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) => {
        const credential = await visible(hub, id, caller, HUB_AUDIT);
        return { view: await viewCredential(hub, credential), version: versionOf(credential) };
      },
      write: ({ view, version }) => ({ status: 200, body: view, headers: etagOf(version) }),
    }),
    route({
      method: "GET",
      path: `${base}/credentials/:id/usage`,
      access: OWN_THINGS,
      description: {
        id: "getCredentialUsage",
        summary: "Uses per day (UTC) over the last 90 days",
        tag: "credentials",
        status: 200,
        answer: DailyUseAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) => {
        const credential = await visible(hub, id, caller, HUB_AUDIT);
        return hub.uses.daily(credential, USAGE_DAYS);
      },
      write: (uses) => ({
        status: 200,
        body: {
          days: uses.map(({ day, count }) => ({
            day: new Date(day * DAY_MS).toISOString().slice(0, 10),
            count,
          })),
        },
      }),
    }),
    route({
      method: "POST",
      path: `${base}/credentials/:id/reveal`,
      access: MAKE_SECRETS,
      description: {
        id: "revealCredential",
        summary: "An app token's secret once more, where MINTMARK_APP_TOKEN_REVEAL is always; audited",
        tag: "credentials",
        status: 200,
        answer: Type.Object({ secret: Type.String() }),
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) =>
        hub.credentials.reveal(await hub.credentials.ofOwner(requireAccount(caller), id), caller),
      write: (secret) => ({ status: 200, body: { secret: secret.reveal() } }),
    }),
    route({
      method: "POST",
      path: `${base}/credentials/:id/touch`,
      access: OWN_THINGS,
      description: {
        id: "touchCredential",
        summary: "Extend the idle time as a use would, at most three times in a row; does not count as a use",
        tag: "credentials",
        status: 200,
        answer: CredentialView,
        refusals: [401, 403, 404, 409],
      } satisfies RouteDescription,
      read: (request) => request.params.id ?? "",
      run: async (hub, id, caller) => viewCredential(hub, await hub.keepAlive.touch(id, caller)),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "DELETE",
      path: `${base}/credentials/:id`,
      access: OWN_THINGS,
      description: {
        id: "revokeCredential",
        summary:
          "Revoke a credential and all tokens made from it; answered when every active node has applied it, or after one second",
        tag: "credentials",
        body: RevokeBody,
        status: 204,
        representation: ReceiptAnswer,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({
        id: request.params.id ?? "",
        reason: readRevoke(readJson(request) ?? {}).reason ?? null,
      }),
      run: async (hub, { id, reason }, caller) => {
        const { credential } = await hub.credentials.managed(id, caller);
        await hub.revocations.revoke(credential, caller, reason);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
    route({
      method: "DELETE",
      path: `${base}/users/:username/credentials`,
      access: OWN_THINGS,
      description: {
        id: "revokeCredentials",
        summary:
          "Revoke the active credentials of an account, those of one `kind` or `all`; the caller's own, or for administrators those of any account",
        tag: "credentials",
        body: RevokeAllBody,
        status: 200,
        answer: Type.Object({ revoked: Type.Integer() }),
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => {
        refuseUnknownParameters(request, []);
        const body = readRevokeAll(readJson(request) ?? {});
        // What ends must be said: nothing said, or two things at once, is a slip.
        if ((body.kind === undefined) === (body.all === undefined)) {
          throw new HubError("malformed_request", {
            field: "kind",
            explanation: 'Say which credentials end: "kind" with one kind, or "all": true.',
          });
        }
        return { owner: request.params.username ?? "", kind: body.kind, reason: body.reason };
      },
      run: async (hub, { owner, kind, reason }, caller) => {
        const which = { kind, note: reason ?? null };
        const revoked = await hub.revocations.revokeAll(await ownerToEnd(hub, owner, caller), which, caller);
        return { revoked, receipt: await hub.receipts.take() };
      },
      write: ({ revoked, receipt }) => ({ status: 200, body: { revoked }, headers: appliedHeader(receipt) }),
    }),
  ];
}

function readList(request: WireRequest) {
  const filter = readFilter(request, ["sort", "cursor", "limit"]);
  const order = readOrder(request.query.get("sort"));
  const csv = prefersCsv(request);
  const cursor = csv ? null : request.query.get("cursor");
  return {
    ...filter,
    csv,
    order,
    after: cursor === null ? undefined : readCursor(cursor, order),
    limit: csv ? LIMIT_MAX : readLimit(request),
  };
}

/**
 * Page by page, so that no export holds the hub up. Orders that no index has would sort everything anew for
 * each page.
 */
async function* allCredentials(hub: Hub, filter: Omit<CredentialFilter, "after" | "limit" | "now">) {
  const order = filter.order && isIndexed(filter.order.by) ? filter.order : NEWEST_FIRST;
  let after: CredentialPlace | undefined;
  for (;;) {
    const page = await hub.credentials.list({ ...filter, order, after, limit: LIMIT_MAX });
    for (const credential of page) {
      yield viewCredential(hub, credential);
    }
    const last = page[page.length - 1];
    if (!last || page.length < LIMIT_MAX) {
      return;
    }
    after = placeOf(last, order.by);
  }
}

function isIndexed(by: CredentialSort): boolean {
  return by !== "lastUsed" && by !== "expires";
}

function readIssue(request: WireRequest) {
  const body = readNew(readJson(request));
  return {
    kind: body.kind,
    owner: body.owner,
    title: body.title,
    scopes: body.scopes,
    instance: body.instance ?? undefined,
    expiresAt: body.expiresAt ? readTime(body.expiresAt, "expiresAt") : undefined,
    idleMs: body.idle ? readIdle(body.idle) : undefined,
    note: body.note,
    addresses: body.addresses,
    selfRotate: body.selfRotate,
  };
}

function readIdle(text: string): number {
  const ms = parseDuration(text);
  if (typeof ms !== "number") {
    throw malformed("idle", DURATION_GRAMMAR, text);
  }
  return ms;
}

/** The caller, or a service that the caller is a steward of. Throws `not_found`, `forbidden`. */
async function ownerToMakeFor(hub: Hub, owner: string | undefined, caller: Caller): Promise<Account> {
  const account = requireAccount(caller);
  return owner === undefined || usernameKey(owner) === usernameKey(account.username)
    ? account
    : hub.services.stewardedBy(owner, caller);
}

async function ownerToEnd(hub: Hub, owner: string, caller: Caller): Promise<Account> {
  const account = requireAccount(caller);
  if (owner.toLowerCase() === account.username.toLowerCase()) {
    return account;
  }
  const stewarded = await hub.services.findStewarded(owner, caller);
  if (!stewarded && (account.role !== "admin" || !caller.authority.permits(HUB_ADMIN))) {
    throw new HubError("forbidden");
  }
  return stewarded ?? hub.accounts.get(owner);
}

/**
 * The account whose credentials the caller may change; undefined for `*`, which is for administrators. Throws
 * `forbidden`.
 */
export async function ownerOfAny(hub: Hub, owner: string, caller: Caller): Promise<string | undefined> {
  if (owner !== "*") {
    return (await ownerToEnd(hub, owner, caller)).id;
  }
  if (caller.account?.role !== "admin" || !caller.authority.permits(HUB_ADMIN)) {
    throw new HubError("forbidden");
  }
  return undefined;
}

/**
 * The caller's own credential, that of a service with the caller as steward, or any for a caller who holds
 * `right`. Any other answers like an unknown one.
 */
export async function visible(
  hub: Hub,
  id: string,
  caller: Caller,
  right: typeof HUB_ADMIN,
): Promise<Credential> {
  const account = requireAccount(caller);
  const others = account.role !== "member" && caller.authority.permits(right);
  const credential = await hub.credentials.find(id);
  const isOwn = credential?.ownerId === account.id;
  if (!credential || !(isOwn || others || (await hub.services.isSteward(credential.ownerId, account)))) {
    throw new HubError("not_found");
  }
  return credential;
}
