import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

/**
 * Jobs under a lease, webhooks with their deliveries, warnings and the mails that carry them, and keep-alive.
 */
export async function events(db: Kysely<unknown>, { bytes }: SqlFlavour): Promise<void> {
  const statements = [
    `create table jobs (
      name text primary key, holder text, lease_until bigint not null, cursor text, started_at bigint not null)`,
    `create table webhooks (
      id text primary key, url text not null, events text not null, description text, state text not null,
      sealed_secret ${bytes} not null, sealed_former ${bytes}, former_until bigint, told_seq bigint not null,
      created_at bigint not null)`,
    `create table deliveries (
      id text primary key, webhook_id text not null, type text not null, seq bigint, body text not null, state text not null,
      status integer, attempt integer not null, ms integer, due_at bigint, created_at bigint not null)`,
    `create index deliveries_webhook on deliveries (webhook_id, id)`,
    `create index deliveries_due on deliveries (webhook_id, due_at) where due_at is not null`,
    // The last warning of each credential and cause: of a fixed end, of an idle end.
    `create table warnings (
      credential_id text not null, cause text not null, deadline bigint not null, before_ms bigint not null,
      primary key (credential_id, cause))`,
    // Mail to a person that the mail server has not accepted yet.
    `create table notices (
      id text primary key, account_id text not null, credential_id text not null, cause text not null, deadline bigint not null,
      threshold text not null, created_at bigint not null)`,
    `create index notices_account on notices (account_id, id)`,
    `create table mailboxes (
      account_id text primary key, mailed_day integer, attempt integer not null, due_at bigint not null)`,
    `alter table credentials add column touched_at bigint`,
    `alter table credentials add column touches integer not null default 0`,
    // Warnings walk what ends by disuse in the order of ids; uses do not move this index.
    `create index credentials_idle_id on credentials (id) where ended_at is null and idle_ms is not null`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}
