import type { Credential, CredentialUse } from "../credential/credential.ts";
import { HubError } from "../errors.ts";
import type { Clock, Store } from "../ports.ts";

const DAY_MS = 86_400_000;

interface PendingUse {
  use: CredentialUse;
  count: number;
}

/** The longest that a use waits in memory before it is written; also the most that a crash can lose. */
const FLUSH_INTERVAL_MS = 5_000;
const BATCH_MAX = 1_000;

/**
 * Uses of credentials, kept in memory and written in batches, so that a use never costs a write on the request's path. A use that saves a
 * credential from dying of neglect soon is written at once, since another node or a restart must not miss it.
 */
export class UsageLedger {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #pending = new Map<string, PendingUse>();
  #writing = new Map<string, PendingUse>();
  #flushing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(store: Store, clock: Clock, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Notes a use. `urgent` uses are written without waiting for the interval. */
  record(credential: Credential, use: CredentialUse): void {
    const known = this.#pending.get(credential.id);
    if (known) {
      known.use = use;
      known.count += 1;
    } else {
      this.#pending.set(credential.id, { use, count: 1 });
    }
    if (this.#pending.size >= BATCH_MAX || isUrgent(credential, use.at)) {
      this.#flushInBackground();
    } else {
      this.#schedule(credential.idleMs);
    }
  }

  /** The latest use that this node has seen and that may not be stored yet. */
  pendingUse(credentialId: string): CredentialUse | null {
    return (this.#pending.get(credentialId) ?? this.#writing.get(credentialId))?.use ?? null;
  }

  /** Writes everything noted so far. Rejects with `store_unavailable`; then nothing is forgotten. */
  async flush(): Promise<void> {
    while (this.#flushing || this.#pending.size > 0) {
      await (this.#flushing ?? this.#writeBatch());
    }
  }

  stop(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }

  #schedule(idleMs: number | null): void {
    const delay =
      idleMs === null
        ? FLUSH_INTERVAL_MS
        : Math.min(FLUSH_INTERVAL_MS, Math.max(50, Math.floor(idleMs / 10)));
    if (!this.#timer) {
      this.#timer = setTimeout(() => this.#flushInBackground(), delay);
      this.#timer.unref();
    }
  }

  #flushInBackground(): void {
    this.stop();
    if (!this.#flushing) {
      this.#writeBatch().catch(this.#onFailure);
    }
  }

  #writeBatch(): Promise<void> {
    const batch = this.#pending;
    this.#pending = new Map();
    this.#writing = batch;
    this.#flushing = this.#write(batch)
      .catch((error: unknown) => {
        this.#takeBack(batch);
        throw error instanceof HubError ? error : new HubError("store_unavailable", { cause: error });
      })
      .finally(() => {
        this.#writing = new Map();
        this.#flushing = null;
        if (this.#pending.size > 0) {
          this.#schedule(null);
        }
      });
    return this.#flushing;
  }

  async #write(batch: ReadonlyMap<string, PendingUse>): Promise<void> {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    const sorted = [...batch].sort(([a], [b]) => (a < b ? -1 : 1));
    await this.#store.write(async (writes) => {
      await writes.credentials.recordUses(sorted.map(([id, { use }]) => ({ id, use })));
      await writes.usage.addDaily(sorted.map(([credentialId, { count }]) => ({ credentialId, day, count })));
    });
  }

  #takeBack(batch: ReadonlyMap<string, PendingUse>): void {
    for (const [id, older] of batch) {
      const newer = this.#pending.get(id);
      this.#pending.set(id, newer ? { use: newer.use, count: newer.count + older.count } : older);
    }
  }
}

/** Is the stored deadline so near that this use should not wait in memory? */
function isUrgent(credential: Credential, now: number): boolean {
  if (credential.idleMs === null) {
    return false;
  }
  const stored = Math.max(credential.createdAt, credential.lastUse?.at ?? 0) + credential.idleMs;
  return stored - now < credential.idleMs / 5;
}
