import type { Account, Role } from "./account/account.ts";
import type { Session } from "./account/session.ts";
import type { AuditEntry, AuditEvent, ChainHead } from "./audit/events.ts";
import type { Scope } from "./authority/scope.ts";
import type { AuthorizationCode, Client, DeviceGrant } from "./client/client.ts";
import type { CollectionReads, CollectionWrites } from "./collection/ports.ts";
import type { Credential, CredentialEnd, CredentialState, CredentialUse } from "./credential/credential.ts";
import type { Kind } from "./credential/kinds.ts";
import type { CredentialOrder, CredentialPlace } from "./credential/order.ts";
import type { Instance } from "./instance/instance.ts";
import type { KeyPurpose, SigningKeyRecord } from "./keys/signing-key.ts";
import type { Measure } from "./measure.ts";
import type { Receipt } from "./receipt/receipt.ts";
import type { Digest } from "./secret/keyring.ts";

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Entropy {
  /** Unpredictable bytes. */
  bytes(count: number): Buffer;
}

/** Hashes passwords at a cost that is the port's own business; results are PHC strings. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes about as long for a wrong password as for a right one. */
  verify(phc: string, password: string): Promise<boolean>;
  /** Does the string carry weaker parameters than `hash` would use today? */
  isOutdated(phc: string): boolean;
}

/** Told, perhaps more than once, after a write has become durable (or failed while it did), so that indexes let go of what they know. */
export type Change =
  | { readonly of: "credential"; readonly id: string }
  | { readonly of: "owner"; readonly accountId: string }
  | { readonly of: "account"; readonly accountId: string }
  | { readonly of: "grants" }
  | { readonly of: "client"; readonly clientId: string }
  | { readonly of: "keys" }
  | { readonly of: "everything" };

export interface CredentialFilter {
  readonly ownerId?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly instance?: string | undefined;
  readonly state?: CredentialState | undefined;
  readonly clientId?: string | undefined;
  readonly unusedSince?: number | undefined;
  /** Newest first where there is none. */
  readonly order?: CredentialOrder | undefined;
  /** Begins after this place of the order. */
  readonly after?: CredentialPlace | undefined;
  readonly limit: number;
  /** The moment that `state` is judged at. */
  readonly now: number;
}

export interface CredentialReads {
  findByDigest(digest: Digest): Promise<Credential | null>;
  findById(id: string): Promise<Credential | null>;
  findInSlot(ownerId: string, slot: string): Promise<Credential | null>;
  list(filter: CredentialFilter): Promise<readonly Credential[]>;
  /** Ids and digests of all, ended ones too, ascending by id, beginning after `after`. */
  listDigests(
    after: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly digest: Uint8Array }[]>;
  /** How many living ones of these kinds would be past `createdAt + lifeMs` at `now`. */
  countOlderThan(kinds: readonly Kind[], lifeMs: number, now: number): Promise<number>;
}

export interface CredentialWrites extends CredentialReads {
  /** `expiresOwn` and `idleOwn`: the lifetime was asked for, so a changed option does not move it. */
  insert(
    credential: Credential,
    life: { slot: string | null; expiresOwn: boolean; idleOwn: boolean },
  ): Promise<void>;
  /** Ends it if it is not ended yet; true when this call did. */
  end(id: string, end: CredentialEnd): Promise<boolean>;
  /** Writes a note beside an end that is there already. */
  noteEnd(id: string, note: string): Promise<void>;
  /** Ends all living ones of the filter and returns them as they were; a filter of nothing, or of a kind alone, ends none. */
  endWhere(
    filter: { ownerId?: string; kind?: Kind; instance?: string; clientId?: string },
    end: CredentialEnd,
  ): Promise<readonly Credential[]>;
  /** Living by the record, but past their end by the clock. At most `limit`. */
  findLapsed(now: number, limit: number): Promise<readonly Credential[]>;
  /** Each moves later, never earlier. Ids are distinct and sorted, so that two nodes never wait for each other's rows. */
  recordUses(uses: readonly { readonly id: string; readonly use: CredentialUse }[]): Promise<void>;
  /**
   * Sets the end of all living ones of a kind to `createdAt + lifeMs`, or to none; those that asked for their own end only come to it
   * earlier.
   */
  reschedule(kind: Kind, lifeMs: number | null): Promise<void>;
  /** Sets the idle time of all living ones of a kind that did not ask for their own. */
  setIdle(kind: Kind, idleMs: number | null): Promise<void>;
  eraseSealed(kind: Kind): Promise<number>;
  purgeEndedBefore(moment: number): Promise<number>;
}

export interface AccountReads {
  findById(id: string): Promise<Account | null>;
  /** Living accounts only. */
  findByUsername(username: string): Promise<Account | null>;
  /** By name, ascending; `after` is a username key. */
  list(page: { after?: string | undefined; limit: number }): Promise<readonly Account[]>;
  countAdministrators(): Promise<number>;
  count(): Promise<number>;
  /** Living accounts that hold a grant on exactly this name: `instance`, `sales`. */
  withGrantOn(type: string, name: string): Promise<readonly Account[]>;
  /** Does a grant of anybody else name this repository namespace? */
  isNamespaceGranted(namespace: string): Promise<boolean>;
}

export interface AccountChange {
  readonly displayName?: string | null;
  readonly email?: string | null;
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly passwordHash?: string;
  readonly epoch?: number;
}

export interface AccountWrites extends AccountReads {
  /** Throws `user_exists`. Returns the account with its number. */
  insert(account: Omit<Account, "number" | "grants">): Promise<Account>;
  update(id: string, change: AccountChange): Promise<void>;
  /** The row stays for the audit; the name becomes free and never leads back to it. */
  markDeleted(id: string, at: number): Promise<void>;
  setGrants(id: string, grants: readonly Scope[]): Promise<void>;
}

export type SharedGrantSet = "anonymous" | "authenticated";

export interface SharedGrantReads {
  sharedGrants(set: SharedGrantSet): Promise<readonly Scope[]>;
}

export interface SharedGrantWrites extends SharedGrantReads {
  setSharedGrants(set: SharedGrantSet, grants: readonly Scope[]): Promise<void>;
}

export interface SessionReads {
  findByDigest(digest: Digest): Promise<Session | null>;
  /** Those of an account that live at `now`, newest first; ids below `before`. */
  listOf(
    accountId: string,
    page: { readonly now: number; readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly Session[]>;
}

export interface SessionWrites extends SessionReads {
  insert(session: Session, digest: Digest): Promise<void>;
  /** True when there was one. */
  remove(id: string): Promise<boolean>;
  removeOfAccount(accountId: string): Promise<void>;
  /** True when the account had one of that id. */
  removeOwn(accountId: string, id: string): Promise<boolean>;
  /** All of the account but `keptId` (null: all); how many there were. */
  removeOthers(accountId: string, keptId: string | null): Promise<number>;
  removeExpired(now: number): Promise<void>;
}

export interface InstanceReads {
  find(id: string): Promise<Instance | null>;
  list(): Promise<readonly Instance[]>;
}

export interface InstanceWrites extends InstanceReads {
  /** Throws `instance_exists`. */
  insert(instance: Instance): Promise<void>;
  remove(id: string): Promise<boolean>;
}

export interface ClientReads {
  find(id: string): Promise<Client | null>;
  list(): Promise<readonly Client[]>;
  findDeviceGrant(by: { deviceDigest: string } | { userCode: string }): Promise<DeviceGrant | null>;
}

export interface ClientWrites extends ClientReads {
  /** Throws `client_exists`. */
  insert(client: Client): Promise<void>;
  remove(id: string): Promise<boolean>;
  insertCode(code: AuthorizationCode): Promise<void>;
  /** Takes the code out: of many callers, one gets it. */
  takeCode(digest: string): Promise<AuthorizationCode | null>;
  insertDeviceGrant(grant: DeviceGrant): Promise<void>;
  updateDeviceGrant(
    deviceDigest: string,
    change: Partial<
      Pick<DeviceGrant, "state" | "accountId" | "accountEpoch" | "polledAt" | "intervalSeconds">
    >,
  ): Promise<void>;
  /** Takes the grant out: of many callers, one gets it. */
  takeDeviceGrant(deviceDigest: string): Promise<DeviceGrant | null>;
  removeExpiredCodes(now: number): Promise<void>;
}

export interface KeyReads {
  list(purpose?: KeyPurpose): Promise<readonly SigningKeyRecord[]>;
}

export interface KeyWrites extends KeyReads {
  insert(key: SigningKeyRecord): Promise<void>;
  update(
    id: string,
    change: Partial<Pick<SigningKeyRecord, "state" | "activatedAt" | "retiredAt" | "longestTokenMs">>,
  ): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface AuditFilter {
  readonly before?: number | undefined;
  readonly limit: number;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly credentialId?: string | undefined;
}

export interface AuditReads {
  /** Newest first. */
  list(filter: AuditFilter): Promise<readonly AuditEvent[]>;
  /** Ascending, beginning after `seq`. */
  after(seq: number, limit: number): Promise<readonly AuditEvent[]>;
  /** Where the chain ends by the record that is kept beside it; sequence 0 before the first event. */
  head(): Promise<ChainHead>;
}

export interface AuditWrites extends AuditReads {
  append(entry: AuditEntry): Promise<AuditEvent>;
}

/** Small values of the hub itself: the policy last applied, the fingerprint of the master key. */
export interface SettingReads {
  get(name: string): Promise<string | null>;
}

export interface SettingWrites extends SettingReads {
  set(name: string, value: string): Promise<void>;
}

export interface DailyUse {
  readonly credentialId: string;
  /** Days since the epoch, UTC. */
  readonly day: number;
  readonly count: number;
}

export interface UsageReads {
  daily(credentialId: string, sinceDay: number): Promise<readonly DailyUse[]>;
}

export interface UsageWrites extends UsageReads {
  /** Adds to the counts of their days. */
  addDaily(uses: readonly DailyUse[]): Promise<void>;
  purgeDailyBefore(day: number): Promise<void>;
}

export interface Reads {
  readonly credentials: CredentialReads;
  readonly accounts: AccountReads;
  readonly sharedGrants: SharedGrantReads;
  readonly sessions: SessionReads;
  readonly instances: InstanceReads;
  readonly clients: ClientReads;
  readonly keys: KeyReads;
  readonly audit: AuditReads;
  readonly settings: SettingReads;
  readonly usage: UsageReads;
  readonly collections: CollectionReads;
}

export interface Writes extends Reads {
  readonly credentials: CredentialWrites;
  readonly accounts: AccountWrites;
  readonly sharedGrants: SharedGrantWrites;
  readonly sessions: SessionWrites;
  readonly instances: InstanceWrites;
  readonly clients: ClientWrites;
  readonly keys: KeyWrites;
  readonly audit: AuditWrites;
  readonly settings: SettingWrites;
  readonly usage: UsageWrites;
  readonly collections: CollectionWrites;
  /** Registers a change to be told to `onChange` listeners, here and on other nodes, once the write is durable. */
  announce(change: Change): void;
}

/** What an operator watches of a store. */
export interface StoreVitals {
  /** How many nodes live as far as this one knows, itself among them. */
  livingNodes(): number;
  /** How old what this node knows of other nodes' changes may be. */
  knowledgeAgeMs(): number;
  /** How many writes shared a commit, for each commit. */
  readonly commits: Measure<number>;
}

export interface Store {
  /** Committed state. Every method throws `store_unavailable` when the database cannot be reached in time. */
  readonly read: Reads;
  /**
   * Runs one atomic change: all of it is durable when the promise resolves, none of it happened when it rejects. The job must only talk
   * to `writes`: others wait for it. It may run more than once if the database asks for it.
   */
  write<Result>(job: (writes: Writes) => Promise<Result>): Promise<Result>;
  /** Registers a listener for changes, made here or on another node. */
  onChange(listener: (change: Change) => void): void;
  /** True when nothing but this process ever writes. */
  readonly isOnlyWriter: boolean;
  /** True when this node hears of every change (on SQLite always: it is the only writer). */
  hearsChanges(): boolean;
  /**
   * Resolves when every living node has applied what this one committed before the call, or after `RECEIPT_BOUND_MS`. Never rejects, and
   * holds neither a transaction nor the queue of writes meanwhile.
   */
  settle(): Promise<Receipt>;
  readonly vitals: StoreVitals;
  /** Throws `store_unavailable` when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
