import type { Database } from "../schema.ts";

/**
 * What a restore makes of each table. `power`: its rows decide what somebody may do or learn, so every change
 * of them is in the ends log, and a restore brings them to their last state. `ended`: its rows are worth
 * nothing after a restore. `kept`: its rows grant nothing and stay as the backup has them.
 *
 * @internal
 */
export const TABLE_DECISIONS = {
  accounts: "power",
  grants: "power",
  credentials: "power",
  oauth_clients: "power",
  instances: "power",
  teams: "power",
  team_members: "power",
  service_stewards: "power",
  external_links: "power",
  // A webhook tells its receiver what happens here.
  webhooks: "power",
  sessions: "ended",
  signing_keys: "ended",
  oauth_codes: "ended",
  device_grants: "ended",
  nodes: "ended",
  jobs: "ended",
  login_failures: "kept",
  login_places: "kept",
  daily_uses: "kept",
  credential_sources: "kept",
  // The audit log names the gap.
  audit_events: "kept",
  audit_head: "kept",
  audit_keys: "kept",
  // What is published is content; what a caller may do with it is decided by grants.
  collection_versions: "kept",
  collection_imports: "kept",
  namespaces: "kept",
  // The policy is applied anew by each start. The record of the master keys must be that of the backup, whose
  // sealed values are under the keys of its time.
  settings: "kept",
  seen_logouts: "kept",
  deliveries: "kept",
  warnings: "kept",
  notices: "kept",
  mailboxes: "kept",
  activity_counts: "kept",
} as const satisfies Record<keyof Database, "power" | "ended" | "kept">;

type Decisions = typeof TABLE_DECISIONS;
export type EndedTable = {
  [Table in keyof Decisions]: Decisions[Table] extends "ended" ? Table : never;
}[keyof Decisions];

/** The tables that a restore empties. */
export const ENDED_TABLES = Object.entries(TABLE_DECISIONS)
  .filter(([, decision]) => decision === "ended")
  .map(([table]) => table as EndedTable);
