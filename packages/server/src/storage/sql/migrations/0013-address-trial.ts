import { type Kysely, sql } from "kysely";

/** A list of addresses that is tried before it is enforced. */
export async function addressTrial(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table credentials add column address_trial text").execute(db);
}
