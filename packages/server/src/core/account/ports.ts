import type { Scope } from "../authority/scope.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Account, AccountRecord, AccountType, Role } from "./account.ts";
import type { Session } from "./session.ts";

/** What narrows a list of accounts. */
export interface AccountFilter {
  readonly type?: AccountType;
  /** Only services that this account is a steward of. */
  readonly stewardId?: string | undefined;
  /** Text within the user name, the name or the email, whatever the case of ASCII letters. */
  readonly text?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly createdSince?: number | undefined;
  readonly createdBefore?: number | undefined;
}

export interface AccountReads {
  findById(id: string): Promise<Account | null>;
  /** Living accounts only. */
  findByUsername(username: string): Promise<Account | null>;
  /** Persons or services by name, ascending; `after` is a username key. */
  list(
    page: AccountFilter & { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly Account[]>;
  /** How many such a list has, counted up to `limit`. */
  countOf(filter: AccountFilter & { readonly limit: number }): Promise<number>;
  countAdministrators(): Promise<number>;
  /** Enabled administrators, the oldest first, at most a hundred. */
  administrators(): Promise<readonly Account[]>;
  count(): Promise<number>;
  /** Living accounts that hold a grant on exactly this name: `instance`, `sales`. */
  withGrantOn(type: string, name: string): Promise<readonly Account[]>;
  /** True if a grant of an account or a team names this repository namespace. */
  isNamespaceGranted(namespace: string): Promise<boolean>;
}

export interface AccountChange {
  readonly displayName?: string | null;
  readonly email?: string | null;
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly passwordHash?: string;
  readonly epoch?: number;
  readonly description?: string | null;
  readonly suspendedAt?: number | null;
}

export interface AccountWrites extends AccountReads {
  /** Throws `user_exists`. Returns the account with its number. */
  insert(account: AccountRecord): Promise<Account>;
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
  findById(id: string): Promise<Session | null>;
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
  /** Those that came from this session of the identity provider; the ids of their accounts. */
  removeExternal(sid: string): Promise<readonly string[]>;
  /** True when the account had one of that id. */
  removeOwn(accountId: string, id: string): Promise<boolean>;
  /** Removes all of the account but `keptId` (null: all); returns how many. */
  removeOthers(accountId: string, keptId: string | null): Promise<number>;
  /** Removes at most `limit` expired ones; returns how many. */
  /** Removes all of the account but the `kept` newest; returns how many. */
  removeOldest(accountId: string, kept: number): Promise<number>;
  removeExpired(now: number, limit: number): Promise<number>;
}
