import { type Kysely, sql } from "kysely";

/** What a person wants no mail about, and which notices are in the mail that is being sent. */
export async function mailSettings(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table mailboxes add column muted text").execute(db);
  await sql.raw("alter table mailboxes add column sending text").execute(db);
}
