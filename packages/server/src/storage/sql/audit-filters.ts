import { type ExpressionBuilder, sql } from "kysely";
import type { AuditFilter } from "../../core/audit/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";
import { holdsText } from "./text-search.ts";

type Row = ExpressionBuilder<Database, "audit_events">;

const EQUAL = [
  ["actor", "actor"],
  ["action", "action"],
  ["owner_id", "ownerId"],
  ["owner", "owner"],
  ["credential_id", "credentialId"],
] as const;
const SEARCHED = ["actor", "owner", "action", "details", "address", "agent"];
/** Nodes' clocks differ a little, so the order by time and that by sequence may differ by so many events. */
const DISORDER_MAX = 1_000;

/** The conditions of a filter on the audit log, without its limit. */
export function auditConditions(row: Row, filter: AuditFilter, flavour: SqlFlavour) {
  const { before, from, since, until, text } = filter;
  return row.and([
    ...EQUAL.flatMap(([column, name]) => {
      const value = filter[name];
      return value === undefined ? [] : [row(column, "=", value)];
    }),
    ...(before === undefined ? [] : [row("seq", "<", before)]),
    ...(from === undefined ? [] : [row("seq", ">=", from)]),
    ...(since === undefined ? [] : [row("at", ">=", since), row("seq", ">=", firstSince(since))]),
    ...(until === undefined ? [] : [row("at", "<", until), row("seq", "<=", lastUntil(until))]),
    ...(text === undefined ? [] : [holdsText(row, SEARCHED, text, flavour)]),
  ]);
}

/** The log is read by sequence: these bounds keep the database from reading what is far from the times. */
function firstSince(at: number) {
  return sql<number>`(select min(seq) from (select seq from audit_events where at >= ${at}
    order by at, seq limit ${sql.lit(DISORDER_MAX)}) as near)`;
}

function lastUntil(at: number) {
  return sql<number>`(select max(seq) from (select seq from audit_events where at < ${at}
    order by at desc, seq desc limit ${sql.lit(DISORDER_MAX)}) as near)`;
}
