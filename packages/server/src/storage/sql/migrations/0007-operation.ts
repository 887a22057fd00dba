import { type Kysely, sql } from "kysely";

/** Nodes say which versions of the master key they have, so that none is used before all have it. */
export async function operation(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table nodes add column key_versions text").execute(db);
}
