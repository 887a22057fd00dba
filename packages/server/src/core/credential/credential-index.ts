import type { Account } from "../account/account.ts";
import type { Scope } from "../authority/scope.ts";
import type { Change, Store } from "../ports.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Credential } from "./credential.ts";

/**
 * What this node knows of credentials and their owners, so that verification does not ask the database. Bounded: the oldest entry gives
 * way. Trusted only while the store hears of every change; a fill carries the change counter read before it, so that a fill that raced a
 * revocation loses.
 */
export class CredentialIndex {
  readonly #store: Store;
  readonly #entriesMax: number;
  readonly #byDigest = new Map<string, Credential>();
  readonly #digestById = new Map<string, string>();
  readonly #accounts = new Map<string, Account>();
  #everyone: readonly Scope[] | null = null;
  #changes = 0;
  hits = 0;
  misses = 0;

  constructor(store: Store, entriesMax: number) {
    this.#store = store;
    this.#entriesMax = entriesMax;
    store.onChange((change) => this.#apply(change));
  }

  get size(): number {
    return this.#byDigest.size;
  }

  async credential(digest: Digest): Promise<Credential | null> {
    const key = digest.bytes.toString("latin1");
    const known = this.#store.hearsChanges() ? this.#byDigest.get(key) : undefined;
    if (known) {
      this.hits += 1;
      return known;
    }
    this.misses += 1;
    const before = this.#changes;
    const found = await this.#store.read.credentials.findByDigest(digest);
    if (found && before === this.#changes && this.#store.hearsChanges()) {
      this.#remember(key, found);
    }
    return found;
  }

  async credentialById(id: string): Promise<Credential | null> {
    const key = this.#digestById.get(id);
    const known = key !== undefined && this.#store.hearsChanges() ? this.#byDigest.get(key) : undefined;
    if (known) {
      this.hits += 1;
      return known;
    }
    this.misses += 1;
    const before = this.#changes;
    const found = await this.#store.read.credentials.findById(id);
    if (found && before === this.#changes && this.#store.hearsChanges()) {
      this.#remember(found.digest.toString("latin1"), found);
    }
    return found;
  }

  async account(id: string): Promise<Account | null> {
    const known = this.#store.hearsChanges() ? this.#accounts.get(id) : undefined;
    if (known) {
      return known;
    }
    const before = this.#changes;
    const found = await this.#store.read.accounts.findById(id);
    if (found && before === this.#changes && this.#store.hearsChanges()) {
      evictOldest(this.#accounts, this.#entriesMax);
      this.#accounts.set(id, found);
    }
    return found;
  }

  /** What every signed-in account may do. */
  async everyone(): Promise<readonly Scope[]> {
    if (this.#everyone && this.#store.hearsChanges()) {
      return this.#everyone;
    }
    const before = this.#changes;
    const grants = await this.#store.read.sharedGrants.sharedGrants("authenticated");
    if (before === this.#changes && this.#store.hearsChanges()) {
      this.#everyone = grants;
    }
    return grants;
  }

  /** Lets go of everything, e.g. when changes may have been missed. */
  forgetAll(): void {
    this.#changes += 1;
    this.#byDigest.clear();
    this.#digestById.clear();
    this.#accounts.clear();
    this.#everyone = null;
  }

  #remember(key: string, credential: Credential): void {
    const evicted = evictOldest(this.#byDigest, this.#entriesMax);
    if (evicted) {
      this.#digestById.delete(evicted.id);
    }
    this.#byDigest.set(key, credential);
    this.#digestById.set(credential.id, key);
  }

  #apply(change: Change): void {
    this.#changes += 1;
    switch (change.of) {
      case "credential": {
        const key = this.#digestById.get(change.id);
        if (key !== undefined) {
          this.#byDigest.delete(key);
          this.#digestById.delete(change.id);
        }
        return;
      }
      case "account":
        this.#accounts.delete(change.accountId);
        return;
      case "grants":
        this.#everyone = null;
        return;
      case "owner":
        this.#accounts.delete(change.accountId);
        for (const [key, credential] of this.#byDigest) {
          if (credential.ownerId === change.accountId) {
            this.#byDigest.delete(key);
            this.#digestById.delete(credential.id);
          }
        }
        return;
      case "everything":
        this.forgetAll();
        return;
      case "client":
      case "keys":
        return;
    }
  }
}

function evictOldest<Value>(map: Map<string, Value>, entriesMax: number): Value | null {
  if (map.size < entriesMax) {
    return null;
  }
  const [oldest] = map;
  if (!oldest) {
    return null;
  }
  map.delete(oldest[0]);
  return oldest[1];
}
