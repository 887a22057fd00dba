import { type Kysely, sql } from "kysely";

/** The idle deadline has an index, so that looking for those that have passed reads no other row. */
export async function idleDeadlines(db: Kysely<unknown>): Promise<void> {
  const deadline = `(case
    when frozen_class = 'system' then null
    when coalesce(idle_from, 0) > created_at and coalesce(idle_from, 0) > coalesce(last_used_at, 0) then idle_from
    when coalesce(last_used_at, 0) > created_at then last_used_at else created_at end) + idle_ms`;
  for (const statement of [
    `drop index credentials_idle`,
    `create index credentials_idle_deadline on credentials ((${deadline})) where ended_at is null and idle_ms is not null`,
  ]) {
    await sql.raw(statement).execute(db);
  }
}
