import type { LoginReads, LoginWrites } from "./account/login-ports.ts";
import type {
  AccountReads,
  AccountWrites,
  SessionReads,
  SessionWrites,
  SharedGrantReads,
  SharedGrantWrites,
} from "./account/ports.ts";
import type { ActivityReads, ActivityWrites } from "./activity/ports.ts";
import type { AuditMac } from "./audit/events.ts";
import type { AuditReads, AuditWrites } from "./audit/ports.ts";
import type { ClientReads, ClientWrites } from "./client/ports.ts";
import type { CollectionReads, CollectionWrites } from "./collection/ports.ts";
import type { CredentialReads, CredentialWrites } from "./credential/ports.ts";
import type { InstanceReads, InstanceWrites } from "./instance/ports.ts";
import type { JobWrites } from "./jobs/ports.ts";
import type { KeyReads, KeyWrites } from "./keys/ports.ts";
import type { MailReads, MailWrites } from "./mail/ports.ts";
import type { KeyVersionReads, KeyVersionWrites } from "./master-key/ports.ts";
import type { MetricStream } from "./metric-stream.ts";
import type { LinkReads, LinkWrites } from "./provider/ports.ts";
import type { Receipt } from "./receipt/receipt.ts";
import type { RestoreWrites } from "./restore/ports.ts";
import type { ServiceReads, ServiceWrites } from "./service/ports.ts";
import type { StatisticsReads } from "./statistics/ports.ts";
import type { TeamReads, TeamWrites } from "./team/ports.ts";
import type { UsageReads, UsageWrites } from "./usage/ports.ts";
import type { WarningReads, WarningWrites } from "./warning/ports.ts";
import type { WebhookReads, WebhookWrites } from "./webhook/ports.ts";

/**
 * A cache invalidation, delivered at least once after a commit, also when the outcome of the commit is
 * unknown.
 */
export type Change =
  | { readonly of: "credential"; readonly id: string }
  | { readonly of: "owner"; readonly accountId: string }
  | { readonly of: "account"; readonly accountId: string }
  | { readonly of: "grants" }
  | { readonly of: "client"; readonly clientId: string }
  | { readonly of: "keys" }
  | { readonly of: "everything" };

/** Small values of the hub itself: the policy last applied, the fingerprint of the master key. */
export interface SettingReads {
  get(name: string): Promise<string | null>;
}

export interface SettingWrites extends SettingReads {
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface Reads {
  readonly credentials: CredentialReads;
  readonly accounts: AccountReads;
  readonly sharedGrants: SharedGrantReads;
  readonly sessions: SessionReads;
  readonly logins: LoginReads;
  readonly instances: InstanceReads;
  readonly clients: ClientReads;
  readonly keys: KeyReads;
  readonly audit: AuditReads;
  readonly settings: SettingReads;
  readonly keyVersions: KeyVersionReads;
  readonly usage: UsageReads;
  readonly activity: ActivityReads;
  readonly statistics: StatisticsReads;
  readonly collections: CollectionReads;
  readonly services: ServiceReads;
  readonly links: LinkReads;
  readonly teams: TeamReads;
  readonly webhooks: WebhookReads;
  readonly warnings: WarningReads;
  readonly mail: MailReads;
}

export interface Writes extends Reads {
  readonly credentials: CredentialWrites;
  readonly accounts: AccountWrites;
  readonly sharedGrants: SharedGrantWrites;
  readonly sessions: SessionWrites;
  readonly logins: LoginWrites;
  readonly instances: InstanceWrites;
  readonly clients: ClientWrites;
  readonly keys: KeyWrites;
  readonly audit: AuditWrites;
  readonly settings: SettingWrites;
  readonly keyVersions: KeyVersionWrites;
  readonly usage: UsageWrites;
  readonly activity: ActivityWrites;
  readonly collections: CollectionWrites;
  readonly jobs: JobWrites;
  readonly services: ServiceWrites;
  readonly links: LinkWrites;
  readonly teams: TeamWrites;
  readonly webhooks: WebhookWrites;
  readonly warnings: WarningWrites;
  readonly restore: RestoreWrites;
  readonly mail: MailWrites;
  /**
   * Registers a change for `onChange` listeners, here and on other nodes, to be delivered once the write is
   * durable.
   */
  announce(change: Change): void;
}

/**
 * A large job may write thousands of rows. It has a commit of its own, which the store makes where it does
 * not hold up requests.
 *
 * An apart job is a large one that appends no audit event and decides nothing by what it read before, such as
 * adding to counts or taking a lease in one statement. It needs no order among other changes: a store with
 * several writers runs it without waiting for them. It may run again.
 */
export type JobSize = "small" | "large" | "apart";

/**
 * The rows that a job will read by their keys. The store may read those of many jobs at once; nothing but
 * speed depends on it, and a job may read other rows as well.
 */
export interface Foreseen {
  readonly accounts?: readonly string[];
  readonly sessions?: readonly string[];
  readonly credentials?: readonly string[];
  /** The owner that `hasRoom` will be asked about. */
  readonly room?: { readonly ownerId: string; readonly max: number };
}

/** The metrics of a store. */
export interface StoreVitals {
  /** How many nodes live as far as this one knows, itself among them. */
  livingNodes(): number;
  /** How old what this node knows of other nodes' changes may be. */
  knowledgeAgeMs(): number;
  /** How many writes shared a commit, for each commit. */
  readonly commits: MetricStream<number>;
}

export interface Store {
  /** Committed state. Every method throws `store_unavailable` when the database cannot be reached in time. */
  readonly read: Reads;
  /**
   * Runs one atomic change: all of it is durable when the promise resolves, none of it happened when it
   * rejects. The job must only talk to `writes`: others wait for it. It may run more than once: if the
   * database asks for it, or if another job of the same commit was refused by the database.
   */
  write<Result>(
    job: (writes: Writes) => Promise<Result>,
    size?: JobSize,
    foreseen?: Foreseen,
  ): Promise<Result>;
  /** Events that are appended from now on have hashes under this key. */
  keyAudit(mac: AuditMac): void;
  /** Registers a listener for changes made here or on another node. */
  onChange(listener: (change: Change) => void): void;
  /** True if only this process ever writes. */
  readonly isOnlyWriter: boolean;
  /** True when this node hears of every change (on SQLite always: it is the only writer). */
  hearsChanges(): boolean;
  /**
   * Resolves when every active node has applied what this one committed before the call, or after
   * `RECEIPT_BOUND_MS`. Never rejects, and meanwhile holds neither a transaction nor the queue of writes.
   */
  collectReceipt(): Promise<Receipt>;
  readonly vitals: StoreVitals;
  /** Throws `store_unavailable` when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
