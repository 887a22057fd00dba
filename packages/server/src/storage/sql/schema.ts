/**
 * The tables as queries see them: integers are epoch milliseconds, booleans 0 or 1, lists and objects JSON
 * text, bytes BLOB or bytea.
 */
export interface Database {
  accounts: AccountsTable;
  grants: GrantsTable;
  sessions: SessionsTable;
  login_failures: LoginFailuresTable;
  login_places: LoginPlacesTable;
  instances: InstancesTable;
  credentials: CredentialsTable;
  daily_uses: DailyUsesTable;
  credential_sources: CredentialSourcesTable;
  activity_counts: ActivityCountsTable;
  audit_events: AuditEventsTable;
  audit_head: AuditHeadTable;
  audit_keys: AuditKeysTable;
  signing_keys: SigningKeysTable;
  oauth_clients: OauthClientsTable;
  oauth_codes: OauthCodesTable;
  device_grants: DeviceGrantsTable;
  collection_versions: CollectionVersionsTable;
  collection_imports: CollectionImportsTable;
  namespaces: NamespacesTable;
  settings: SettingsTable;
  nodes: NodesTable;
  jobs: JobsTable;
  teams: TeamsTable;
  team_members: TeamMembersTable;
  service_stewards: ServiceStewardsTable;
  external_links: ExternalLinksTable;
  seen_logouts: SeenLogoutsTable;
  webhooks: WebhooksTable;
  deliveries: DeliveriesTable;
  warnings: WarningsTable;
  notices: NoticesTable;
  mailboxes: MailboxesTable;
}

interface AccountsTable {
  id: string;
  number: number;
  username: string;
  /** Lower case; null once deleted, so that the name is free again. */
  username_key: string | null;
  display_name: string | null;
  email: string | null;
  role: string;
  disabled: number;
  password_hash: string | null;
  epoch: number;
  created_at: number;
  deleted_at: number | null;
  /** `person` or `service`. */
  type: string;
  description: string | null;
  /** Of a Quay robot: the team whose repository grants it holds. */
  robot_team: string | null;
  /** The identity provider that made the account: `oidc` or `ldap`. */
  provider: string | null;
  suspended_at: number | null;
}

interface GrantsTable {
  /** An account's or a team's id, or `anonymous` or `authenticated`. */
  holder: string;
  position: number;
  scope: string;
  /** The repository namespace that the scope names, where it does. */
  namespace: string | null;
}

interface SessionsTable {
  id: string;
  digest: Uint8Array;
  account_id: string;
  fresh_at: number;
  created_at: number;
  expires_at: number;
  address: string | null;
  agent: string | null;
  /** The identity provider's session that it came from. */
  external_sid: string | null;
}

interface LoginFailuresTable {
  account: string;
  address: string;
  device: string | null;
  at: number;
}

interface LoginPlacesTable {
  account_id: string;
  address: string;
  seen_at: number;
}

interface InstancesTable {
  id: string;
  display_name: string;
  created_at: number;
}

export interface CredentialsTable {
  id: string;
  kind: string;
  owner_id: string;
  slot: string | null;
  title: string | null;
  scopes: string;
  instance: string | null;
  client_id: string | null;
  hint: string;
  digest: Uint8Array;
  digest_key_version: number;
  created_at: number;
  expires_at: number | null;
  expires_own: number;
  idle_ms: number | null;
  idle_own: number;
  last_used_at: number | null;
  last_used_address: string | null;
  last_used_agent: string | null;
  /** When it was last kept alive without a use, and how often since the last use. */
  touched_at: number | null;
  touches: number;
  ended_at: number | null;
  end_reason: string | null;
  end_note: string | null;
  sealed_secret: Uint8Array | null;
  former_name: string | null;
  note: string | null;
  self_rotate: number;
  addresses: string | null;
  /** Addresses that are reported and not refused, as `addresses`. */
  address_trial: string | null;
  created_by: string | null;
  frozen_at: number | null;
  frozen_by: string | null;
  frozen_class: string | null;
  frozen_reason: string | null;
  frozen_until: number | null;
  idle_from: number | null;
  generation: number;
  rotation: string | null;
  rotation_ends_at: number | null;
  rotation_check_at: number | null;
  sources_dropped: number;
  dismissed_at: number | null;
}

export interface CredentialSourcesTable {
  credential_id: string;
  /** Empty if unknown, like `agent`. */
  address: string;
  agent: string;
  door: string;
  /** The address as 32 hexadecimal digits, so that a range of addresses is a range of text. */
  address_key: string | null;
  first_at: number;
  last_at: number;
  uses: number;
}

interface DailyUsesTable {
  credential_id: string;
  day: number;
  count: number;
}

interface ActivityCountsTable {
  /** `hour` or `day`. */
  span: string;
  /** Hours or days since the epoch, UTC. */
  number: number;
  name: string;
  count: number;
}

export interface AuditEventsTable {
  seq: number;
  at: number;
  action: string;
  actor_id: string | null;
  actor: string;
  owner_id: string | null;
  owner: string | null;
  credential_id: string | null;
  details: string;
  address: string | null;
  agent: string | null;
  hash: string;
  previous_hash: string;
}

interface AuditKeysTable {
  id: string;
  sealed_key: Uint8Array;
}

interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
}

export interface SigningKeysTable {
  id: string;
  purpose: string;
  algorithm: string;
  state: string;
  thumbprint: string;
  public_pem: string;
  sealed_private: Uint8Array;
  certificate_pem: string | null;
  created_at: number;
  activated_at: number | null;
  retired_at: number | null;
  longest_token_ms: number;
}

export interface OauthClientsTable {
  id: string;
  name: string;
  type: string;
  scopes: string;
  redirect_uris: string;
  implicit: number;
  /** Names parted by spaces; null for all that the type allows. */
  flows: string | null;
  pkce_optional: number;
  secret_digest: string | null;
  secret_key_version: number | null;
  /** The service that the client acts as. */
  account_id: string | null;
  created_at: number;
  trusted_for_addresses: number;
}

export interface OauthCodesTable {
  digest: string;
  client_id: string;
  account_id: string;
  account_epoch: number;
  redirect_uri: string;
  scopes: string;
  code_challenge: string;
  expires_at: number;
}

export interface DeviceGrantsTable {
  device_digest: string;
  user_code: string;
  client_id: string;
  scope: string;
  state: string;
  account_id: string | null;
  account_epoch: number | null;
  address: string | null;
  agent: string | null;
  interval_seconds: number;
  polled_at: number | null;
  created_at: number;
  expires_at: number;
}

export interface CollectionVersionsTable {
  id: string;
  namespace: string;
  name: string;
  version: string;
  sha256: string;
  size: number;
  requires_ansible: string | null;
  manifest: string;
  manifest_json: string;
  files_json: string;
  published_by: string;
  created_at: number;
  prerelease: number;
  /**
   * Sorts as the versions do by semantic precedence. Bytes, because a database's own order of text depends on
   * its locale.
   */
  version_order: Uint8Array;
}

export interface NamespacesTable {
  name: string;
  number: number;
  /** JSON of `NamespaceWords`. */
  words: string;
  created_at: number;
}

export interface CollectionImportsTable {
  id: string;
  account_id: string;
  namespace: string;
  name: string;
  version: string;
  state: string;
  created_at: number;
  started_at: number;
  finished_at: number;
  error: string | null;
  messages: string;
}

interface SettingsTable {
  name: string;
  value: string;
}

interface NodesTable {
  id: string;
  url: string;
  started_at: number;
  seen_at: number;
  /**
   * The versions of the master key that it has, separated by commas; null for a node of an earlier version.
   */
  key_versions: string | null;
}

interface JobsTable {
  name: string;
  /** Null while no node runs it. */
  holder: string | null;
  lease_until: number;
  /** Where an unfinished run resumes. */
  cursor: string | null;
  started_at: number;
}

export interface TeamsTable {
  id: string;
  name: string;
  /** Lower case. */
  name_key: string;
  description: string | null;
  external_group: string | null;
  created_at: number;
}

interface TeamMembersTable {
  team_id: string;
  account_id: string;
  by_hand: number;
  by_provider: number;
}

interface ExternalLinksTable {
  account_id: string;
  provider: string;
  issuer: string;
  subject: string;
  sealed_refresh: Uint8Array | null;
  checked_at: number;
  failures: number;
}

interface SeenLogoutsTable {
  id: string;
  expires_at: number;
}

interface ServiceStewardsTable {
  service_id: string;
  account_id: string;
}

interface WebhooksTable {
  id: string;
  url: string;
  /** A JSON list. */
  events: string;
  description: string | null;
  state: string;
  sealed_secret: Uint8Array;
  /** The secret before the last rotation, and until when it signs. */
  sealed_former: Uint8Array | null;
  former_until: number | null;
  /** The last audit event that was looked at. */
  told_seq: number;
  created_at: number;
}

interface DeliveriesTable {
  id: string;
  webhook_id: string;
  type: string;
  seq: number | null;
  body: string;
  state: string;
  status: number | null;
  attempt: number;
  ms: number | null;
  /** Null once it is finished. */
  due_at: number | null;
  created_at: number;
}

interface WarningsTable {
  credential_id: string;
  cause: string;
  deadline: number;
  before_ms: number;
}

interface NoticesTable {
  id: string;
  account_id: string;
  credential_id: string;
  cause: string;
  deadline: number;
  threshold: string;
  created_at: number;
}

interface MailboxesTable {
  account_id: string;
  /** Days since the epoch, UTC. */
  mailed_day: number | null;
  attempt: number;
  due_at: number;
  /** The causes of warnings that the person wants no mail about, as a JSON list; null: none. */
  muted: string | null;
  /** The ids of the notices in the mail under way, as a JSON list. */
  sending: string | null;
}
