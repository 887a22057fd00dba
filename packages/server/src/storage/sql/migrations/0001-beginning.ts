import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

/** All tables of the first release. */
export async function beginning(db: Kysely<unknown>, { bytes }: SqlFlavour): Promise<void> {
  const statements = [
    `create table accounts (
      id text primary key, number bigint not null unique, username text not null, username_key text unique, display_name text, email text,
      role text not null, disabled integer not null, password_hash text, epoch integer not null, created_at bigint not null, deleted_at bigint)`,
    `create table grants (
      holder text not null, position integer not null, scope text not null, namespace text, primary key (holder, position))`,
    // What every signed-in account may do at first; administrators can change it.
    `insert into grants (holder, position, scope, namespace) values ('authenticated', 0, 'collection:*:download', null)`,
    `create index grants_namespace on grants (namespace) where namespace is not null`,
    `create table sessions (
      id text primary key, digest ${bytes} not null unique, account_id text not null, fresh_at bigint not null,
      created_at bigint not null, expires_at bigint not null, address text, agent text)`,
    `create index sessions_account on sessions (account_id)`,
    `create index sessions_expiry on sessions (expires_at)`,
    `create table instances (id text primary key, display_name text not null, created_at bigint not null)`,
    `create table credentials (
      id text primary key, kind text not null, owner_id text not null references accounts (id), slot text, title text,
      scopes text not null, instance text, client_id text, hint text not null, digest ${bytes} not null unique,
      digest_key_version integer not null, created_at bigint not null, expires_at bigint, expires_own integer not null,
      idle_ms bigint, idle_own integer not null, last_used_at bigint, last_used_address text, last_used_agent text,
      ended_at bigint, end_reason text, end_note text, sealed_secret ${bytes})`,
    // "One per user" is this index's promise, whatever the code above it does.
    `create unique index credentials_living_slot on credentials (owner_id, slot) where ended_at is null and slot is not null`,
    `create index credentials_owner on credentials (owner_id, id)`,
    `create index credentials_expiry on credentials (expires_at) where ended_at is null and expires_at is not null`,
    `create index credentials_idle on credentials (kind) where ended_at is null and idle_ms is not null`,
    `create index credentials_ended on credentials (ended_at) where ended_at is not null`,
    `create index credentials_instance on credentials (instance) where instance is not null`,
    `create index credentials_client on credentials (client_id) where client_id is not null`,
    `create table daily_uses (
      credential_id text not null, day integer not null, count bigint not null, primary key (credential_id, day))`,
    `create index daily_uses_day on daily_uses (day)`,
    `create table audit_events (
      seq bigint primary key, at bigint not null, action text not null, actor_id text, actor text not null, owner_id text, owner text,
      credential_id text, details text not null, address text, agent text, hash text not null, previous_hash text not null)`,
    `create index audit_actor on audit_events (actor, seq)`,
    `create index audit_action on audit_events (action, seq)`,
    `create index audit_owner on audit_events (owner_id, seq)`,
    `create index audit_credential on audit_events (credential_id, seq)`,
    `create table audit_head (id integer primary key, seq bigint not null, hash text not null)`,
    `insert into audit_head (id, seq, hash) values (1, 0, '${"0".repeat(64)}')`,
    `create table signing_keys (
      id text primary key, purpose text not null, algorithm text not null, state text not null, thumbprint text not null unique,
      public_pem text not null, sealed_private ${bytes} not null, certificate_pem text, created_at bigint not null,
      activated_at bigint, retired_at bigint, longest_token_ms bigint not null)`,
    `create unique index signing_keys_current on signing_keys (purpose, state) where state <> 'retired'`,
    `create table oauth_clients (
      id text primary key, name text not null, type text not null, scopes text not null, redirect_uris text not null,
      implicit integer not null, secret_digest text, secret_key_version integer, created_at bigint not null)`,
    `create table oauth_codes (
      digest text primary key, client_id text not null, account_id text not null, account_epoch bigint not null,
      redirect_uri text not null, scopes text not null, code_challenge text not null, expires_at bigint not null)`,
    `create table device_grants (
      device_digest text primary key, user_code text not null unique, client_id text not null, scope text not null,
      state text not null, account_id text, account_epoch bigint, address text, agent text,
      interval_seconds integer not null, polled_at bigint,
      created_at bigint not null, expires_at bigint not null)`,
    `create table collection_versions (
      id text primary key, namespace text not null, name text not null, version text not null, sha256 text not null,
      size bigint not null, requires_ansible text, manifest text not null, manifest_json text not null, files_json text not null,
      published_by text not null, created_at bigint not null, prerelease integer not null,
      version_order ${bytes} not null, unique (namespace, name, version))`,
    `create index collection_versions_order on collection_versions (namespace, name, prerelease, version_order)`,
    `create index collection_versions_artifact on collection_versions (sha256)`,
    `create table collection_imports (
      id text primary key, account_id text not null, namespace text not null, name text not null, version text not null,
      state text not null, created_at bigint not null, started_at bigint not null, finished_at bigint not null, error text,
      messages text not null)`,
    `create index collection_imports_age on collection_imports (created_at)`,
    `create table settings (name text primary key, value text not null)`,
    `create table nodes (id text primary key, url text not null, started_at bigint not null, seen_at bigint not null)`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}
