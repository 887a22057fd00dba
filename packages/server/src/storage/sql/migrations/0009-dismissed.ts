import { type Kysely, sql } from "kysely";

/** The sentence by which earlier versions knew a credential that its owner had removed from the list. */
const NOTE = "expired, and removed from the list by its owner";

/** Whether an expired credential is dismissed is a column of its own, no longer derived from a sentence. */
export async function dismissed(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table credentials add column dismissed_at bigint").execute(db);
  await sql.raw(`update credentials set dismissed_at = ended_at where end_note = '${NOTE}'`).execute(db);
}
