import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import {
  type CredentialOrder,
  type CredentialPlace,
  type CredentialSort,
  NEVER,
  NOT_YET,
} from "../../core/credential/order.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";

type Query = SelectQueryBuilder<Database, "credentials", { id: string }>;

/**
 * `idleDeadline` of `state.ts`, as the database computes it; null while the system has frozen the credential.
 */
export const IDLE_DEADLINE = sql<number>`(case
  when frozen_class = 'system' then null
  when coalesce(idle_from, 0) > created_at and coalesce(idle_from, 0) > coalesce(last_used_at, 0) then idle_from
  when coalesce(last_used_at, 0) > created_at then last_used_at else created_at end) + idle_ms`;

/**
 * The keys of `placeOf`, as the database computes them. Titles and kinds have indexes spelled the same
 * (migration 0002).
 */
function keyFor(by: CredentialSort, { byCodePoint }: SqlFlavour): RawBuilder<unknown> {
  switch (by) {
    case "created":
      return sql`id`;
    case "lastUsed":
      return sql`coalesce(last_used_at, ${sql.lit(NOT_YET)})`;
    case "expires":
      return sql`case when expires_at is null or ${IDLE_DEADLINE} < expires_at
        then coalesce(${IDLE_DEADLINE}, ${sql.lit(NEVER)}) else expires_at end`;
    case "title":
      return sql`lower(coalesce(title, '') ${sql.raw(byCodePoint)})`;
    case "kind":
      return sql`kind`;
  }
}

/** In this order, beginning after `after`. */
export function ordered(
  query: Query,
  { by, descending }: CredentialOrder,
  after: CredentialPlace | undefined,
  flavour: SqlFlavour,
): Query {
  const direction = descending ? "desc" : "asc";
  if (by === "created") {
    const sorted = query.orderBy("id", direction);
    return after === undefined ? sorted : sorted.where("id", descending ? "<" : ">", after.id);
  }
  const key = keyFor(by, flavour);
  const sorted = query.orderBy(key, direction).orderBy("id", direction);
  if (after === undefined) {
    return sorted;
  }
  const beyond = sql.raw(descending ? "<" : ">");
  const rest = sorted.where(sql<boolean>`(${key}, id) ${beyond} (${after.key}, ${after.id})`);
  // It says nothing new, but it alone leads SQLite into an index on an expression.
  return by === "title" ? rest.where(sql<boolean>`${key} ${beyond}= ${after.key}`) : rest;
}
