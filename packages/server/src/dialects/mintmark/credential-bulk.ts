import { Type } from "typebox";
import type { Caller } from "../../core/caller.ts";
import { requireAccount } from "../../core/caller.ts";
import type { BulkRequest } from "../../core/credential/bulk.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader } from "../../http/receipt.ts";
import { OWN_THINGS } from "./access.ts";
import { readUsedFrom } from "./credential-filter.ts";
import { ownerOfAny } from "./credentials.ts";
import type { RouteDescription } from "./route-description.ts";
import { readSearch } from "./search.ts";
import { KindSchema, readTime, Time, Words } from "./wire.ts";

const IDS_MAX = 10_000;

const FilterBody = Type.Object({
  owner: Type.Optional(
    Type.String({ maxLength: 64, description: "user name, or * for everybody; if absent: the caller" }),
  ),
  kind: Type.Optional(KindSchema),
  state: Type.Optional(Words(["active", "frozen", "expired", "revoked"])),
  instance: Type.Optional(Type.String({ maxLength: 255 })),
  unusedSince: Type.Optional(Time),
  usedSince: Type.Optional(Time),
  neverUsed: Type.Optional(Type.Boolean()),
  createdSince: Type.Optional(Time),
  expiresBy: Type.Optional(Time),
  usedFrom: Type.Optional(Type.String({ maxLength: 64, description: "a CIDR or an address" })),
  search: Type.Optional(
    Type.String({ maxLength: 200, description: "text within the title, the hint or the owner's name" }),
  ),
});

const BulkBody = Type.Object({
  action: Words(["revoke", "freeze", "thaw"]),
  ids: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: IDS_MAX })),
  filter: Type.Optional(FilterBody),
  reason: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
  confirm: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: "the expected number of matches; if absent they are only counted",
    }),
  ),
});

const BulkAnswer = Type.Object({
  matches: Type.Optional(Type.Integer()),
  done: Type.Optional(Type.Integer()),
  failed: Type.Optional(Type.Array(Type.Object({ id: Type.String(), code: Type.String() }))),
});

const read = reader(BulkBody, { strict: true });
const readFilter = reader(FilterBody, { strict: true });

export function credentialBulkRoute(base: string): AnyRoute {
  return route({
    method: "POST",
    path: `${base}/credentials/bulk`,
    access: OWN_THINGS,
    description: {
      id: "changeCredentials",
      summary:
        "Revoke, freeze or thaw many credentials, named by ids or matched by filter. Without confirm the answer has only matches; with confirm it has done and failed",
      tag: "credentials",
      body: BulkBody,
      status: 200,
      answer: BulkAnswer,
      refusals: [400, 401, 403, 404, 409],
    } satisfies RouteDescription,
    read: readBulk,
    run: async (hub, { which, ...rest }, caller) => {
      const request: BulkRequest = {
        ...rest,
        which: "ids" in which ? which : { filter: await toFilter(hub, which.filter, caller) },
      };
      const outcome = await hub.bulkChanges.run(request, caller);
      return { outcome, receipt: await hub.receipts.take() };
    },
    write: ({ outcome, receipt }) => ({
      status: 200,
      body: outcome,
      headers: "done" in outcome ? appliedHeader(receipt) : {},
    }),
  });
}

type Which = { readonly ids: readonly string[] } | { readonly filter: ReturnType<typeof readFilter> };

function readBulk(request: WireRequest) {
  const { action, ids, filter, reason, confirm } = read(readJson(request));
  if ((ids === undefined) === (filter === undefined)) {
    throw new HubError("malformed_request", {
      field: "filter",
      explanation: "Name ids or a filter, and not both.",
    });
  }
  const which: Which = ids === undefined ? { filter: readFilter(filter) } : { ids };
  return { action, reason: reason ?? null, confirm, which };
}

/** Without an owner it matches the caller's own. */
async function toFilter(hub: Hub, filter: ReturnType<typeof readFilter>, caller: Caller) {
  const { owner, unusedSince, usedSince, createdSince, expiresBy, usedFrom, search, ...same } = filter;
  const ownerId = owner === undefined ? requireAccount(caller).id : await ownerOfAny(hub, owner, caller);
  return {
    ...same,
    ownerId,
    unusedSince: moment(unusedSince, "unusedSince"),
    usedSince: moment(usedSince, "usedSince"),
    createdSince: moment(createdSince, "createdSince"),
    expiresBy: moment(expiresBy, "expiresBy"),
    text: readSearch(search ?? null, "filter.search"),
    usedFrom: usedFrom === undefined ? undefined : readUsedFrom(usedFrom),
  };
}

function moment(text: string | undefined, field: string): number | undefined {
  return text === undefined ? undefined : readTime(text, `filter.${field}`);
}
