import type { GetStatisticsAnswer } from "@mintmark/sdk";
import type { Bar } from "./bar-chart.tsx";

export type Activity = NonNullable<GetStatisticsAnswer["hours"]>[number];
export type Span = "hours" | "days";

/** What a refused credential was told. */
const REASONS: Readonly<Record<string, string>> = {
  malformed: "Not a secret of this hub",
  unknown: "Unknown secret",
  expired: "Expired",
  inactive: "Not used for too long",
  revoked: "Revoked",
  replaced: "Replaced by a newer one",
  rotated: "Rotated",
  leaked: "Leaked",
  policy: "Ended by policy",
  frozen: "Frozen",
  address: "Address not allowed",
  owner_disabled: "Owner disabled",
  owner_deleted: "Owner deleted",
  owner_inactive: "Owner disabled",
};

/** How often each reason was given, most often first. */
export function reasonsOf(
  rows: readonly Activity[],
): readonly { readonly word: string; readonly reason: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { reasons } of rows) {
    for (const [reason, count] of Object.entries(reasons)) {
      counts.set(reason, (counts.get(reason) ?? 0) + count);
    }
  }
  return [...counts]
    .map(([word, count]) => ({ word, reason: REASONS[word] ?? word, count }))
    .sort((a, b) => b.count - a.count);
}

/** Bars of the rows; every sixth hour or fifteenth day has its name on the axis. */
export function barsOf(
  rows: readonly Activity[],
  span: Span,
  values: (row: Activity) => readonly number[],
): readonly Bar[] {
  const every = span === "hours" ? 6 : 15;
  return rows.map((row, index) => ({
    name: nameOf(row.at, span),
    tick: (rows.length - 1 - index) % every === 0 ? tickOf(row.at, span) : "",
    values: values(row),
  }));
}

function nameOf(at: string, span: Span): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC",
    day: "numeric",
    month: "short",
    ...(span === "hours" ? { hour: "2-digit", minute: "2-digit" } : { year: "numeric" }),
  }).format(new Date(at));
}

function tickOf(at: string, span: Span): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC",
    ...(span === "hours" ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" }),
  }).format(new Date(at));
}
