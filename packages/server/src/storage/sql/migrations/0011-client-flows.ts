import { type Kysely, sql } from "kysely";

/** Which flows a client may use (null: all that its type allows), and whether its codes do without PKCE. */
export async function clientFlows(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table oauth_clients add column flows text").execute(db);
  await sql.raw("alter table oauth_clients add column pkce_optional integer not null default 0").execute(db);
}
