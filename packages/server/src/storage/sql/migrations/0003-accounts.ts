import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

const INTROSPECT = "hub:introspect:use";

/**
 * Failed log-ins, the addresses of successful ones, and what earlier versions allowed without writing it
 * down.
 */
export async function accounts(db: Kysely<unknown>, { bytes }: SqlFlavour): Promise<void> {
  const statements = [
    // `account` is an account's id, or a keyed digest where no account has the name that was typed.
    `create table login_failures (account text not null, address text not null, device text, at bigint not null)`,
    `create index login_failures_account on login_failures (account, at)`,
    `create index login_failures_address on login_failures (address, at)`,
    `create index login_failures_age on login_failures (at)`,
    `create table login_places (
      account_id text not null, address text not null, seen_at bigint not null, primary key (account_id, address))`,
    `create index login_places_age on login_places (seen_at)`,
    // Counts what an owner has.
    `create index credentials_living_owner on credentials (owner_id) where ended_at is null`,
    `create table audit_keys (id text primary key, sealed_key ${bytes} not null)`,
    // Events up to here have hashes without a key; the first start with a key seals them.
    `insert into settings (name, value) select 'audit-seal', 'pending' from audit_head where seq > 0`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
  await letClientsIntrospect(db as Kysely<{ oauth_clients: { id: string; type: string; scopes: string } }>);
}

/**
 * Every confidential client could introspect; from now on that takes a scope, which those registered so far
 * keep.
 */
async function letClientsIntrospect(
  db: Kysely<{ oauth_clients: { id: string; type: string; scopes: string } }>,
): Promise<void> {
  const clients = await db
    .selectFrom("oauth_clients")
    .select(["id", "scopes"])
    .where("type", "=", "confidential")
    .execute();
  for (const { id, scopes } of clients) {
    const held = JSON.parse(scopes) as string[];
    if (!held.includes(INTROSPECT)) {
      await db
        .updateTable("oauth_clients")
        .set({ scopes: JSON.stringify([...held, INTROSPECT]) })
        .where("id", "=", id)
        .execute();
    }
  }
}
