import { type Static, Type } from "typebox";
import { type ActivityCount, type ActivitySpan, SPAN_MS } from "../../core/activity/ports.ts";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { requireAccount } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { malformed } from "../../core/malformed.ts";
import type { KindSummary } from "../../core/statistics/ports.ts";
import type { HubStatistics } from "../../core/statistics/statistics.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { OWN_THINGS } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { KindSchema, Nullable, refuseUnknownParameters, Time, time } from "./wire.ts";

const COUNTS = {
  active: Type.Integer(),
  frozen: Type.Integer(),
  usedLastDay: Type.Integer({ description: "active, and used within the last 24 hours" }),
  neverUsed: Type.Integer({ description: "active, and never used" }),
  unused90Days: Type.Integer({
    description: "active, and not used for 90 days; one that was never used counts from its creation",
  }),
  expiring7Days: Type.Integer({ description: "active, and expires within 7 days if it is not used" }),
  expiring30Days: Type.Integer({ description: "active, and expires within 30 days if it is not used" }),
};
const CountsView = Type.Object(COUNTS);
const KindCountsView = Type.Object({ kind: KindSchema, ...COUNTS });
const ActivityView = Type.Object({
  at: Type.String({ format: "date-time", description: "when the hour or day begins, UTC" }),
  accepted: Type.Integer({ description: "accepted credentials" }),
  refused: Type.Integer({ description: "refused credentials" }),
  reasons: Type.Record(Type.String(), Type.Integer(), { description: "the refused, by reason" }),
  signIns: Type.Integer(),
  refusedSignIns: Type.Integer(),
});
const StatisticsView = Type.Object({
  countedAt: Time,
  of: Type.Union([Type.Literal("hub"), Type.Literal("own")]),
  credentials: CountsView,
  kinds: Type.Array(KindCountsView),
  hours: Type.Optional(Type.Array(ActivityView, { description: "the last 24 hours, oldest first; of=hub" })),
  days: Type.Optional(Type.Array(ActivityView, { description: "the last 90 days, oldest first; of=hub" })),
  mostUsed: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        title: Nullable(Type.String()),
        hint: Type.String(),
        kind: KindSchema,
        owner: Nullable(Type.String()),
        uses: Type.Integer({ description: "yesterday and today, UTC" }),
      }),
      { description: "the ten most used credentials; of=hub" },
    ),
  ),
  nodes: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String({ description: "host and process" }),
        answers: Type.Boolean({ description: "it answered within a second" }),
        ms: Nullable(Type.Number()),
        lastSeenAt: Time,
      }),
      { description: "the active nodes; the one that answers comes first; of=hub" },
    ),
  ),
  audit: Type.Optional(
    Type.Object(
      {
        sequence: Type.Integer({ description: "the last good event" }),
        hash: Type.String(),
        intact: Type.Boolean(),
        checkedFrom: Type.Integer({ description: "the first event that this answer checked" }),
        brokenAt: Nullable(Type.Integer()),
      },
      { description: "the newest events of the audit chain, checked; of=hub" },
    ),
  ),
});
type ActivityRow = Static<typeof ActivityView>;

/** What the dashboard shows. */
export function statisticsRoute(base: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/statistics`,
    access: OWN_THINGS,
    description: {
      id: "getStatistics",
      summary:
        "Counts of the whole hub for administrators and auditors, or of the caller's credentials; a count of the hub may be some seconds old",
      tag: "statistics",
      query: { of: "hub or own; hub if absent for administrators and auditors, own for members" },
      status: 200,
      answer: StatisticsView,
      refusals: [400, 401, 403],
    } satisfies RouteDescription,
    read: (request) => {
      refuseUnknownParameters(request, ["of"]);
      const of = request.query.get("of");
      if (of !== null && of !== "hub" && of !== "own") {
        throw malformed("of", "hub or own", of);
      }
      return of;
    },
    run: async (hub, of, caller): Promise<Static<typeof StatisticsView>> => {
      const account = requireAccount(caller);
      const mayReadHub = account.role !== "member" && caller.authority.permits(HUB_AUDIT);
      if (of === "hub" && !mayReadHub) {
        throw new HubError("forbidden");
      }
      if (of === "own" || !mayReadHub) {
        const { at, kinds } = await hub.statistics.ofAccount(account);
        return { countedAt: time(at), of: "own", credentials: sum(kinds), kinds: [...kinds] };
      }
      return viewHub(hub, await hub.statistics.ofHub());
    },
    write: (body) => ({ status: 200, body }),
  });
}

async function viewHub(hub: Hub, found: HubStatistics): Promise<Static<typeof StatisticsView>> {
  const { at, kinds, audit } = found;
  return {
    countedAt: time(at),
    of: "hub",
    credentials: sum(kinds),
    kinds: [...kinds],
    hours: series(found.hours, { span: "hour", count: 24, at }),
    days: series(found.days, { span: "day", count: 90, at }),
    mostUsed: await Promise.all(
      found.mostUsed.map(async ({ credential, uses }) => ({
        id: credential.id,
        title: credential.title,
        hint: credential.hint,
        kind: credential.kind,
        owner: (await hub.credentials.ownerOf(credential))?.username ?? null,
        uses,
      })),
    ),
    nodes: found.nodes.map(({ id, name, applied, lastSeenAt }) => ({
      id,
      name,
      answers: applied !== null,
      ms: applied && Math.round(applied.afterMs * 10) / 10,
      lastSeenAt: time(lastSeenAt),
    })),
    audit: {
      sequence: audit.sequence,
      hash: audit.hash,
      intact: audit.intact,
      checkedFrom: audit.checkedFrom,
      brokenAt: audit.brokenAt,
    },
  };
}

function sum(kinds: readonly KindSummary[]): Static<typeof CountsView> {
  const add = (name: keyof typeof COUNTS): number => kinds.reduce((total, one) => total + one[name], 0);
  return {
    active: add("active"),
    frozen: add("frozen"),
    usedLastDay: add("usedLastDay"),
    neverUsed: add("neverUsed"),
    unused90Days: add("unused90Days"),
    expiring7Days: add("expiring7Days"),
    expiring30Days: add("expiring30Days"),
  };
}

/** One row for each hour or day, the one of `at` last, also where nothing happened. */
function series(
  counts: readonly ActivityCount[],
  { span, count, at }: { readonly span: ActivitySpan; readonly count: number; readonly at: number },
): ActivityRow[] {
  const last = Math.floor(at / SPAN_MS[span]);
  const rows = Array.from({ length: count }, (_, index) =>
    newRow((last - count + 1 + index) * SPAN_MS[span]),
  );
  for (const one of counts) {
    const row = rows[one.number - last + count - 1];
    if (row) {
      addTo(row, one);
    }
  }
  return rows;
}

function newRow(at: number): ActivityRow {
  return { at: time(at), accepted: 0, refused: 0, reasons: {}, signIns: 0, refusedSignIns: 0 };
}

function addTo(row: ActivityRow, { name, count }: ActivityCount): void {
  switch (name) {
    case "accepted":
      row.accepted += count;
      return;
    case "sign_in":
      row.signIns += count;
      return;
    case "sign_in_refused":
      row.refusedSignIns += count;
      return;
    default: {
      const reason = name.replace(/^refused:/, "");
      row.refused += count;
      row.reasons[reason] = (row.reasons[reason] ?? 0) + count;
    }
  }
}
