import type { Account } from "../account/account.ts";
import type { Scope } from "../authority/scope.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { Client } from "../client/client.ts";
import type { Credential } from "../credential/credential.ts";
import { type Looked, Undecided } from "../looked.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Change, Store } from "../store.ts";
import { nextTurn } from "../turn.ts";
import { ChangesMeanwhile } from "./changes-meanwhile.ts";
import { KnownDigests } from "./known-digests.ts";
import { PackedCredentials } from "./packed-credentials.ts";

/** Entries that are looked at in one turn of the event loop, a few milliseconds if all of them go. */
const SWEPT_IN_A_TURN = 4_000;
/** Far more than any hub registers. */
const CLIENTS_MAX = 10_000;
/** Credentials that are read and cached in one turn of the event loop, a millisecond's work. */
const LEARNED_AT_ONCE = 100;
/** Accounts are whole objects, a thousand bytes each. */
const ACCOUNTS_MAX = 200_000;

/**
 * A cache of credentials and their owners, so that verification does not ask the database. Bounded: entries
 * that were not read lately are dropped. Trusted only while the store hears of every change; a fill carries
 * the change counter read before it, so that a fill that raced a revocation is discarded.
 */
export class CredentialIndex {
  readonly digests: KnownDigests;
  readonly #store: Store;
  readonly #entriesMax: number;
  #credentials: PackedCredentials;
  readonly #accounts: BoundedMap<string, Account>;
  readonly #clients = new BoundedMap<string, Client>(CLIENTS_MAX);
  #authenticatedGrants: readonly Scope[] | null = null;
  /** Owners whose credentials are being forgotten: what is left of them counts as unknown. */
  readonly #leaving = new Set<string>();
  #isSweeping = false;
  #changes = 0;
  /** One for each bulk read under way. */
  readonly #meanwhile = new Set<ChangesMeanwhile>();
  #stopped = false;
  hits = 0;
  misses = 0;

  constructor(store: Store, entriesMax: number) {
    this.#store = store;
    this.#entriesMax = entriesMax;
    this.#credentials = new PackedCredentials(entriesMax);
    this.#accounts = new BoundedMap(Math.min(entriesMax, ACCOUNTS_MAX));
    this.digests = new KnownDigests(store);
    store.onChange((change) => this.#apply(change));
  }

  get size(): number {
    return this.#credentials.size;
  }

  /**
   * Reads in small batches between requests which digests exist, then the newest active credentials until the
   * index is full, so that after a start few verifications must ask. Only where this process is the only
   * writer; several nodes would all read the whole table.
   */
  async learn(): Promise<void> {
    await this.digests.learn();
    let before: string | null = null;
    while (this.#store.isOnlyWriter && !this.#stopped && !this.#credentials.isFull) {
      const batch = await this.#learnBefore(before);
      const last = batch[batch.length - 1];
      if (!last || batch.length < LEARNED_AT_ONCE) {
        return;
      }
      before = last.id;
      await nextTurn();
    }
  }

  /** Ends learning, before the store is closed. */
  stop(): void {
    this.#stopped = true;
    this.digests.stop();
  }

  /** The credential that is stored under one of these digests: those of one secret, under each master key. */
  credential(digests: readonly Digest[]): Looked<Credential | null> {
    for (const { key } of digests) {
      const known = this.#trusted(this.#unlessLeaving(this.#credentials.byDigest(key)));
      if (known) {
        this.hits += 1;
        return known;
      }
    }
    return digests.every((digest) => this.digests.isUnknown(digest))
      ? null
      : new Undecided(() => this.#askForCredential(digests));
  }

  credentialById(id: string): Looked<Credential | null> {
    const known = this.#trusted(this.#unlessLeaving(this.#credentials.byId(id)));
    if (known) {
      this.hits += 1;
      return known;
    }
    return new Undecided(() => {
      this.misses += 1;
      return this.#fill(
        () => this.#store.read.credentials.findById(id),
        (found) => this.#remember(found),
      );
    });
  }

  account(id: string): Looked<Account | null> {
    return (
      this.#trusted(this.#accounts.get(id)) ??
      new Undecided(() =>
        this.#fill(
          () => this.#store.read.accounts.findById(id),
          (found) => this.#accounts.set(id, found),
        ),
      )
    );
  }

  /** A registered OAuth client. */
  client(id: string): Looked<Client | null> {
    return (
      this.#trusted(this.#clients.get(id)) ??
      new Undecided(() =>
        this.#fill(
          () => this.#store.read.clients.find(id),
          (found) => this.#clients.set(id, found),
        ),
      )
    );
  }

  /** The grants of every signed-in account. */
  authenticatedGrants(): Looked<readonly Scope[]> {
    return (
      this.#trusted(this.#authenticatedGrants) ??
      new Undecided(() =>
        this.#fill(
          () => this.#store.read.sharedGrants.sharedGrants("authenticated"),
          (grants) => {
            this.#authenticatedGrants = grants;
          },
        ),
      )
    );
  }

  /** Lets go of one, e.g. because the store knows of a later use. */
  forget(id: string): void {
    this.#credentials.remove(id);
  }

  /** Lets go of everything, e.g. when changes may have been missed. */
  forgetAll(): void {
    this.#changes += 1;
    for (const meanwhile of this.#meanwhile) {
      meanwhile.note({ of: "everything" });
    }
    this.#credentials = new PackedCredentials(this.#entriesMax);
    this.#accounts.clear();
    this.#clients.clear();
    this.#authenticatedGrants = null;
  }

  /** The cache is used only while the store hears of every change. */
  #trusted<T>(known: T | null | undefined): T | null {
    return known != null && this.#store.hearsChanges() ? known : null;
  }

  async #askForCredential(digests: readonly Digest[]): Promise<Credential | null> {
    // The first again at the end: a credential may move from a former version of the master key between two
    // questions.
    for (const digest of digests.length > 1 ? [...digests, ...digests.slice(0, 1)] : digests) {
      this.misses += 1;
      const found = await this.#fill(
        () => this.#store.read.credentials.findByDigest(digest),
        (credential) => this.#remember(credential),
      );
      if (found) {
        return found;
      }
    }
    return null;
  }

  /**
   * Caches active credentials older than `before`, except those that changed during the read, and returns all
   * that were read. Nothing that is cached already gives way.
   */
  async #learnBefore(before: string | null): Promise<readonly Credential[]> {
    const meanwhile = new ChangesMeanwhile();
    this.#meanwhile.add(meanwhile);
    try {
      const found = await this.#store.read.credentials.listWithoutEnd(before, LEARNED_AT_ONCE);
      for (const credential of this.#store.hearsChanges() ? found : []) {
        const isNew = !this.#credentials.has(credential.id);
        if (isNew && !this.#credentials.isFull && !meanwhile.concern(credential)) {
          this.#remember(credential);
        }
      }
      return found;
    } finally {
      this.#meanwhile.delete(meanwhile);
    }
  }

  /** Reads, and caches the result unless a change meanwhile could have been missed by the read. */
  async #fill<T>(read: () => Promise<T>, keep: (found: NonNullable<T>) => void): Promise<T> {
    const before = this.#changes;
    const found = await read();
    if (found != null && before === this.#changes && this.#store.hearsChanges()) {
      keep(found);
    }
    return found;
  }

  #unlessLeaving(credential: Credential | null): Credential | null {
    return credential && this.#leaving.size > 0 && this.#leaving.has(credential.ownerId) ? null : credential;
  }

  /** Removes the credentials of owners that are leaving, a part of them in each turn of the loop. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping) {
      return;
    }
    this.#isSweeping = true;
    while (this.#leaving.size > 0) {
      const owners = [...this.#leaving];
      let from = 0;
      while (from < this.#credentials.slots && owners.some((owner) => this.#credentials.hasOwner(owner))) {
        if (from > 0) {
          await nextTurn();
        }
        this.#credentials.removeOwnersBetween(owners, from, from + SWEPT_IN_A_TURN);
        from += SWEPT_IN_A_TURN;
      }
      for (const owner of owners) {
        this.#leaving.delete(owner);
      }
    }
    this.#isSweeping = false;
  }

  #remember(credential: Credential): void {
    if (!this.#leaving.has(credential.ownerId)) {
      this.#credentials.put(credential);
    }
  }

  #apply(change: Change): void {
    this.#changes += 1;
    for (const meanwhile of this.#meanwhile) {
      meanwhile.note(change);
    }
    switch (change.of) {
      case "credential":
        this.forget(change.id);
        return;
      case "account":
        this.#accounts.delete(change.accountId);
        return;
      case "grants":
        this.#authenticatedGrants = null;
        return;
      case "owner":
        this.#accounts.delete(change.accountId);
        this.#leaving.add(change.accountId);
        void this.#sweep();
        return;
      case "everything":
        this.forgetAll();
        return;
      case "client":
        this.#clients.delete(change.clientId);
        return;
      case "keys":
        return;
    }
  }
}
