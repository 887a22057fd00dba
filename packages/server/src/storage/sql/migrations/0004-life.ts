import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

/**
 * A credential can be edited, frozen and rotated, and records who created it and where it is used from.
 * `rotation_ends_at` is when the clock alone ends this row; `rotation_check_at` is when a job looks at its
 * rotation again.
 */
export async function life(db: Kysely<unknown>, { byCodePoint }: SqlFlavour): Promise<void> {
  for (const statement of [...CREDENTIALS, ...SLOTS, ...sources(byCodePoint), ...BACKFILL]) {
    await sql.raw(statement).execute(db);
  }
}

const CREDENTIALS = [
  `alter table credentials add column note text`,
  `alter table credentials add column self_rotate integer not null default 0`,
  `alter table credentials add column addresses text`,
  `alter table credentials add column created_by text`,
  `alter table credentials add column frozen_at bigint`,
  `alter table credentials add column frozen_by text`,
  `alter table credentials add column frozen_class text`,
  `alter table credentials add column frozen_reason text`,
  `alter table credentials add column frozen_until bigint`,
  `alter table credentials add column idle_from bigint`,
  `alter table credentials add column generation integer not null default 1`,
  `alter table credentials add column rotation text`,
  `alter table credentials add column rotation_ends_at bigint`,
  `alter table credentials add column rotation_check_at bigint`,
  `alter table credentials add column sources_dropped bigint not null default 0`,
  `alter table oauth_clients add column trusted_for_addresses integer not null default 0`,
  `create index credentials_rotation_ends on credentials (rotation_ends_at) where ended_at is null and rotation_ends_at is not null`,
  `create index credentials_rotation_check on credentials (rotation_check_at) where ended_at is null and rotation_check_at is not null`,
  `create index credentials_thaw on credentials (frozen_until) where ended_at is null and frozen_until is not null`,
];

/**
 * At most two generations of one slot are active at once, whatever the code above does: an even one and an
 * odd one.
 */
const SLOTS = [
  `drop index credentials_living_slot`,
  `create unique index credentials_living_slot on credentials (owner_id, slot, (generation % 2))
    where ended_at is null and slot is not null`,
];

/** Absent addresses and agents are empty here, because a primary key takes no nulls. */
function sources(byCodePoint: string): readonly string[] {
  return [
    `create table credential_sources (
      credential_id text not null, address text not null, agent text not null, door text not null,
      address_key text ${byCodePoint}, first_at bigint not null, last_at bigint not null, uses bigint not null,
      primary key (credential_id, address, agent, door))`,
    `create index credential_sources_address on credential_sources (address_key) where address_key is not null`,
  ];
}

const BACKFILL = [
  `update credentials set created_by = (select username from accounts where accounts.id = credentials.owner_id)`,
  `update credentials set self_rotate = 1 where kind = 'hub_token'`,
];
