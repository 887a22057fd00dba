import { type Kysely, sql } from "kysely";

/** Finds audit events by their time and by the owner's name of that time. */
export async function auditSearch(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index audit_time on audit_events (at, seq)").execute(db);
  await sql.raw("create index audit_owner_name on audit_events (owner, seq)").execute(db);
}
