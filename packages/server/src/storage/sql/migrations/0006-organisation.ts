import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

/**
 * Teams with their members, services with their stewards, and accounts that an identity provider vouches for.
 */
export async function organisation(db: Kysely<unknown>, { bytes }: SqlFlavour): Promise<void> {
  const statements = [
    `alter table accounts add column type text not null default 'person'`,
    `alter table accounts add column description text`,
    // The team whose repository grants a Quay robot holds.
    `alter table accounts add column robot_team text`,
    `alter table accounts add column provider text`,
    `alter table accounts add column suspended_at bigint`,
    `create index accounts_robots on accounts (robot_team) where robot_team is not null`,
    `create table teams (
      id text primary key, name text not null, name_key text not null unique, description text, external_group text,
      created_at bigint not null)`,
    `create index teams_external_group on teams (external_group) where external_group is not null`,
    // A membership that both a person and the provider gave lasts until both have taken it away.
    `create table team_members (
      team_id text not null, account_id text not null, by_hand integer not null, by_provider integer not null,
      primary key (team_id, account_id))`,
    `create index team_members_account on team_members (account_id)`,
    `create table service_stewards (
      service_id text not null, account_id text not null, primary key (service_id, account_id))`,
    `create index service_stewards_account on service_stewards (account_id)`,
    `alter table oauth_clients add column account_id text`,
    `create index oauth_clients_account on oauth_clients (account_id) where account_id is not null`,
    // The name that a moved credential is still good under.
    `alter table credentials add column former_name text`,
    `create index credentials_former_name on credentials (former_name) where former_name is not null`,
    `create table external_links (
      account_id text primary key, provider text not null, issuer text not null, subject text not null,
      sealed_refresh ${bytes}, checked_at bigint not null, failures integer not null,
      unique (issuer, subject))`,
    `create index external_links_checked on external_links (checked_at)`,
    `alter table sessions add column external_sid text`,
    `create table seen_logouts (id text primary key, expires_at bigint not null)`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}
