import type { Account } from "../account/account.ts";
import type { Scope } from "../authority/scope.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { Client } from "../client/client.ts";
import type { Credential } from "../credential/credential.ts";
import { type Looked, Undecided } from "../looked.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Change, Store } from "../store.ts";
import { nextTurn } from "../turn.ts";
import { KnownDigests } from "./known-digests.ts";

/** Entries that are looked at in one turn of the event loop, a few milliseconds. */
const SWEPT_IN_A_TURN = 10_000;
/** Far more than any hub registers. */
const CLIENTS_MAX = 10_000;

/**
 * A cache of credentials and their owners, so that verification does not ask the database. Bounded: entries
 * that were not read lately are dropped. Trusted only while the store hears of every change; a fill carries
 * the change counter read before it, so that a fill that raced a revocation is discarded.
 */
export class CredentialIndex {
  readonly digests: KnownDigests;
  readonly #store: Store;
  readonly #entriesMax: number;
  #young = new CacheGeneration();
  #old = new CacheGeneration();
  readonly #accounts: BoundedMap<string, Account>;
  readonly #clients = new BoundedMap<string, Client>(CLIENTS_MAX);
  #authenticatedGrants: readonly Scope[] | null = null;
  /** Owners whose credentials are being forgotten: what is left of them counts as unknown. */
  readonly #leaving = new Set<string>();
  #isSweeping = false;
  #changes = 0;
  hits = 0;
  misses = 0;

  constructor(store: Store, entriesMax: number) {
    this.#store = store;
    this.#entriesMax = entriesMax;
    this.#accounts = new BoundedMap(entriesMax);
    this.digests = new KnownDigests(store);
    store.onChange((change) => this.#apply(change));
  }

  get size(): number {
    return this.#young.byDigest.size + this.#old.byDigest.size;
  }

  /** The credential that is stored under one of these digests: those of one secret, under each master key. */
  credential(digests: readonly Digest[]): Looked<Credential | null> {
    for (const { key } of digests) {
      const known = this.#trusted(this.#find(key));
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
    const key = this.#young.keyById.get(id) ?? this.#old.keyById.get(id);
    const known = key === undefined ? null : this.#trusted(this.#find(key));
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
    this.#young.remove(id);
    this.#old.remove(id);
  }

  /** Lets go of everything, e.g. when changes may have been missed. */
  forgetAll(): void {
    this.#changes += 1;
    this.#young = new CacheGeneration();
    this.#old = new CacheGeneration();
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

  /** Reads, and caches the result unless a change meanwhile could have been missed by the read. */
  async #fill<T>(read: () => Promise<T>, keep: (found: NonNullable<T>) => void): Promise<T> {
    const before = this.#changes;
    const found = await read();
    if (found != null && before === this.#changes && this.#store.hearsChanges()) {
      keep(found);
    }
    return found;
  }

  #find(key: string): Credential | null {
    const young = this.#young.byDigest.get(key);
    const found = young ?? this.#old.byDigest.get(key);
    if (!found || this.#leaving.has(found.ownerId)) {
      return null;
    }
    if (!young) {
      this.#old.remove(found.id);
      this.#remember(found);
    }
    return found;
  }

  /** Removes the entries of owners that are leaving, a part of them in each turn of the loop. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping) {
      return;
    }
    this.#isSweeping = true;
    let left = SWEPT_IN_A_TURN;
    while (this.#leaving.size > 0) {
      const owners = new Set(this.#leaving);
      for (const generation of [this.#young, this.#old]) {
        for (const credential of generation.byDigest.values()) {
          if (owners.has(credential.ownerId)) {
            generation.remove(credential.id);
          }
          left -= 1;
          if (left === 0) {
            await nextTurn();
            left = SWEPT_IN_A_TURN;
          }
        }
      }
      for (const owner of owners) {
        this.#leaving.delete(owner);
      }
    }
    this.#isSweeping = false;
  }

  #remember(credential: Credential): void {
    if (this.#leaving.has(credential.ownerId)) {
      return;
    }
    // Two generations, as in `BoundedMap`; a pair of maps each, since credentials are looked up by digest and
    // by id.
    if (this.#young.byDigest.size >= this.#entriesMax / 2) {
      this.#old = this.#young;
      this.#young = new CacheGeneration();
    }
    this.#young.add(credential);
  }

  #apply(change: Change): void {
    this.#changes += 1;
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

class CacheGeneration {
  readonly byDigest = new Map<string, Credential>();
  readonly keyById = new Map<string, string>();

  add(credential: Credential): void {
    const key = keyOf(credential.digest);
    this.byDigest.set(key, credential);
    this.keyById.set(credential.id, key);
  }

  remove(id: string): void {
    const key = this.keyById.get(id);
    if (key !== undefined) {
      this.byDigest.delete(key);
      this.keyById.delete(id);
    }
  }
}

function keyOf(digest: Buffer): string {
  return digest.toString("latin1");
}
