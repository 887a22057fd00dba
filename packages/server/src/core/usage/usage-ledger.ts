import { BoundedMap } from "../bounded-map.ts";
import { HubError } from "../errors.ts";
import { MetricStream } from "../metric-stream.ts";
import type { Store } from "../store.ts";
import type { Clock } from "../world.ts";
import { PendingSources } from "./pending-sources.ts";
import type { CredentialUse, Door, UsedCredential } from "./ports.ts";
import { sortedInTurns } from "./sorted-in-turns.ts";

const DAY_MS = 86_400_000;

interface PendingUse {
  use: CredentialUse;
  count: number;
  /** How long it may stay in memory. */
  waitMs: number;
  readonly expiresByIdling: boolean;
  readonly sources: PendingSources;
}

/** The longest that a use waits in memory before it is written; also the most that a crash can lose. */
const FLUSH_INTERVAL_MS = 5_000;
/** With more credentials than this in memory the batch is written before the interval ends. */
const PENDING_MAX = 50_000;
/** So many at once, so that no write holds up the requests for long. */
const PART_MAX = 1_000;
/** Bounds what is remembered of uses that are written already; of the others the database is asked. */
const WRITTEN_MAX = 50_000;

/**
 * Uses of credentials, kept in memory and written in batches, so that a use never costs a write on the
 * request's path. A use that saves a credential from an imminent idle expiry is written at once, since
 * another node or a restart must not miss it.
 */
export class UsageLedger {
  /** How many credentials' uses were written at once, for each batch. */
  readonly batches = new MetricStream<number>();
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #pending = new Map<string, PendingUse>();
  #writing = new Map<string, PendingUse>();
  /**
   * Uses of credentials with an idle expiry: callers' cached copies are older than what was written since.
   */
  readonly #written = new BoundedMap<string, CredentialUse>(WRITTEN_MAX);
  #flushing: Promise<void> | null = null;
  #failing = false;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = 0;

  constructor(store: Store, clock: Clock, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Notes a use. One that cannot wait is written without waiting for the interval. */
  record(credential: UsedCredential, use: CredentialUse, door: Door = "api"): void {
    const waitMs = this.#waitOf(credential, use.at);
    const known = this.#pending.get(credential.id);
    if (known) {
      known.use = use;
      known.count += 1;
      known.waitMs = Math.min(known.waitMs, waitMs);
      known.sources.note(use, door);
    } else {
      const expiresByIdling = idleLimitMs(credential) !== null;
      const sources = new PendingSources();
      sources.note(use, door);
      this.#pending.set(credential.id, { use, count: 1, waitMs, expiresByIdling, sources });
    }
    this.#schedule(waitMs);
  }

  /**
   * The latest use that this node has seen, where the database or a copy of the credential may not have it
   * yet.
   */
  pendingUse(credentialId: string): CredentialUse | null {
    const waiting = this.#pending.get(credentialId) ?? this.#writing.get(credentialId);
    return waiting?.use ?? this.#written.get(credentialId) ?? null;
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

  #waitOf(credential: UsedCredential, now: number): number {
    const { id, createdAt, lastUse, idleFrom } = credential;
    const idleMs = idleLimitMs(credential);
    if (idleMs === null) {
      return FLUSH_INTERVAL_MS;
    }
    // True if the deadline from such a use is so near that the present use should not wait in memory.
    const isNear = (usedAt: number): boolean => usedAt + idleMs - now < idleMs / 5;
    const known = Math.max(createdAt, idleFrom ?? 0, lastUse?.at ?? 0);
    return isNear(known) && isNear(this.#written.get(id)?.at ?? 0)
      ? 0
      : Math.min(FLUSH_INTERVAL_MS, Math.max(50, Math.floor(idleMs / 10)));
  }

  /**
   * Sees to it that the next batch is written within this time. A flush under way asks again when it ends.
   */
  #schedule(waitMs: number): void {
    if (this.#flushing) {
      return;
    }
    const full = this.#pending.size >= PENDING_MAX;
    // A store that just failed is not asked again by every request.
    const delayMs = this.#failing ? FLUSH_INTERVAL_MS : full ? 0 : waitMs;
    if (delayMs === 0) {
      this.#flushInBackground();
    } else if (!this.#timer || delayMs < this.#timerMs) {
      this.stop();
      this.#timerMs = delayMs;
      this.#timer = setTimeout(() => this.#flushInBackground(), delayMs);
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
      .then(() => {
        this.#failing = false;
      })
      .catch((error: unknown) => {
        this.#failing = true;
        this.#takeBack(batch);
        throw error instanceof HubError ? error : new HubError("store_unavailable", { cause: error });
      })
      .finally(() => {
        this.#writing = new Map();
        this.#flushing = null;
        if (this.#pending.size > 0) {
          this.#schedule(shortestWait(this.#pending));
        }
      });
    return this.#flushing;
  }

  /**
   * Removes written entries from the batch, so that a failure half-way counts nothing twice. All are sorted
   * by id: a transaction then changes fewer pages, which halves the work of the database.
   */
  async #write(batch: Map<string, PendingUse>): Promise<void> {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    for await (const ids of sortedInTurns(batch.keys(), PART_MAX)) {
      const part = ids.map((id) => [id, batch.get(id) as PendingUse] as const);
      await this.#store.write(async (writes) => {
        await writes.credentials.recordUses(part.map(([id, { use }]) => ({ id, use })));
        await writes.usage.addDaily(part.map(([credentialId, { count }]) => ({ credentialId, day, count })));
        await writes.usage.addSources(
          part.flatMap(([credentialId, { sources }]) =>
            sources.list().map((source) => ({ credentialId, ...source })),
          ),
        );
      }, "apart");
      this.batches.publish(part.length);
      this.#remember(part);
      for (const [id] of part) {
        batch.delete(id);
      }
    }
  }

  #remember(written: readonly (readonly [string, PendingUse])[]): void {
    for (const [id, { use, expiresByIdling }] of written) {
      if (expiresByIdling) {
        this.#written.set(id, use);
      }
    }
  }

  #takeBack(batch: ReadonlyMap<string, PendingUse>): void {
    for (const [id, older] of batch) {
      const newer = this.#pending.get(id);
      newer?.sources.takeBack(older.sources);
      this.#pending.set(id, newer ? { ...newer, count: newer.count + older.count } : older);
    }
  }
}

/**
 * After how long without use it ends: by its idle time, or because it is the old one of a rotation in mode
 * `quiet`.
 */
function idleLimitMs({ idleMs, rotation }: UsedCredential): number | null {
  const quietMs = rotation?.role === "predecessor" ? rotation.quietMs : null;
  return quietMs === null ? idleMs : Math.min(quietMs, idleMs ?? quietMs);
}

function shortestWait(pending: ReadonlyMap<string, PendingUse>): number {
  let shortest = FLUSH_INTERVAL_MS;
  for (const { waitMs } of pending.values()) {
    shortest = Math.min(shortest, waitMs);
  }
  return shortest;
}
