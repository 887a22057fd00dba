import { Type } from "typebox";
import type { AuditGap } from "../../core/audit/gaps.ts";
import type { AuditFilter } from "../../core/audit/ports.ts";
import type { Hub } from "../../core/hub.ts";
import { malformed } from "../../core/malformed.ts";
import { csvReply, prefersCsv } from "../../http/csv.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { AUDIT } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { readMoment, readSearch } from "./search.ts";
import {
  COUNT_MAX,
  CountView,
  CURSOR_FORM,
  EventView,
  LIMIT_MAX,
  readLimit,
  refuseUnknownParameters,
  time,
  viewEvent,
} from "./wire.ts";

const NullableText = Type.Union([Type.String(), Type.Null()]);
const EVENT_COLUMNS = Object.keys(EventView.properties);
/** How many events one call looks at: a few seconds' work. */
const CHECKED_MAX = 100_000;
const CheckView = Type.Object({
  intact: Type.Boolean(),
  brokenAt: Type.Union([Type.Integer(), Type.Null()], {
    description: "the first event that is missing, out of order or changed; null if none",
  }),
  keyedFrom: Type.Union([Type.Integer(), Type.Null()], {
    description: "the first event whose hash needs the master key, if this call read it; it never changes",
  }),
  complete: Type.Boolean({ description: "false: continue with ?after=<sequence>" }),
  sequence: Type.Integer({ description: "the last good event" }),
  hash: Type.String({
    description: "its hash: a copy kept elsewhere proves later that no earlier event was changed",
  }),
  gaps: Type.Array(
    Type.Object({
      after: Type.Integer({ description: "the last event before the gap" }),
      backupAt: Type.String(),
      restoredAt: Type.String(),
      lostUpTo: Type.Union([Type.Integer(), Type.Null()], {
        description: "the last lost event, according to the ends log",
      }),
    }),
    { description: "events that a restore from a backup has lost, newest restore first" },
  ),
});

/** What narrows the log, and what each parameter means. */
const FILTER_QUERY = {
  actor: "user name",
  action: "e.g. credential.revoke",
  owner: "user name, as it was at the time",
  credentialId: "one credential",
  since: "RFC 3339: then or later",
  until: "RFC 3339: before then",
  search:
    "text within names, action, details, address or program, at most 200 characters; a page looks at 20,000 events, may find less than its limit, and its nextCursor goes on",
} as const;

export function auditRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/audit`,
      access: AUDIT,
      description: {
        id: "listEvents",
        summary: "The audit log, newest first; each event holds the hash of itself and of the one before",
        tag: "audit",
        query: { cursor: "nextCursor of the previous answer", limit: "1 to 200", ...FILTER_QUERY },
        status: 200,
        answer: Type.Object({ events: Type.Array(EventView), nextCursor: NullableText }),
        csv: "every event of the filter; limit and cursor are ignored",
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: readAuditPage,
      run: async (hub, { csv, ...filter }) => {
        if (csv) {
          return { rows: allEvents(hub, filter) };
        }
        const { events, next } = await hub.audit.page(filter);
        return { events: events.map(viewEvent), nextCursor: next === null ? null : String(next) };
      },
      write: (output) =>
        "rows" in output ? csvReply("audit", EVENT_COLUMNS, output.rows) : { status: 200, body: output },
    }),
    countRoute(base),
    route({
      method: "GET",
      path: `${base}/audit/check`,
      access: AUDIT,
      description: {
        id: "checkAudit",
        summary: "Check the hash chain of up to 100,000 audit events, oldest first",
        tag: "audit",
        query: { after: "sequence of the previous answer, to continue from there" },
        status: 200,
        answer: CheckView,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => {
        refuseUnknownParameters(request, ["after"]);
        const after = Number(request.query.get("after") ?? 0);
        if (!Number.isSafeInteger(after) || after < 0) {
          throw malformed("after", "the sequence of an event", request.query.get("after"));
        }
        return after;
      },
      run: async (hub, after) => ({
        ...(await hub.audit.check({ after, limit: CHECKED_MAX })),
        gaps: (await hub.audit.gaps()).map(viewGap),
      }),
      write: (body) => ({ status: 200, body }),
    }),
  ];
}

function viewGap({ after, backupAt, restoredAt, lostUpTo }: AuditGap) {
  return { after, backupAt: time(backupAt), restoredAt: time(restoredAt), lostUpTo };
}

function countRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/audit/count`,
    access: AUDIT,
    description: {
      id: "countEvents",
      summary: "The number of events that match the filter, counted up to 10,000",
      tag: "audit",
      query: FILTER_QUERY,
      status: 200,
      answer: CountView,
      refusals: [400, 401, 403],
    } satisfies RouteDescription,
    read: (request) => readAuditFilter(request, []),
    run: (hub, filter) => hub.audit.count({ ...filter, limit: COUNT_MAX }),
    write: (body) => ({ status: 200, body }),
  });
}

/** Newest first, page by page, so that no export holds the hub up. */
async function* allEvents(hub: Hub, filter: Omit<AuditFilter, "before" | "limit">) {
  let before: number | undefined;
  do {
    const { events, next } = await hub.audit.page({ ...filter, before, limit: LIMIT_MAX });
    yield* events.map(viewEvent);
    before = next ?? undefined;
  } while (before !== undefined);
}

function readAuditPage(request: WireRequest) {
  const csv = prefersCsv(request);
  const cursor = csv ? null : request.query.get("cursor");
  if (cursor !== null && !/^[0-9]{1,15}$/.test(cursor)) {
    throw malformed("cursor", CURSOR_FORM, cursor);
  }
  return {
    ...readAuditFilter(request, ["cursor", "limit"]),
    csv,
    before: cursor === null ? undefined : Number(cursor),
    limit: csv ? LIMIT_MAX : readLimit(request),
  };
}

/** `others` are the parameters that the caller reads itself. */
function readAuditFilter(request: WireRequest, others: readonly string[]) {
  refuseUnknownParameters(request, [...Object.keys(FILTER_QUERY), ...others]);
  const { query } = request;
  return {
    actor: query.get("actor") ?? undefined,
    action: query.get("action") ?? undefined,
    owner: query.get("owner") ?? undefined,
    credentialId: query.get("credentialId") ?? undefined,
    since: readMoment(query, "since"),
    until: readMoment(query, "until"),
    text: readSearch(query.get("search")),
  };
}
