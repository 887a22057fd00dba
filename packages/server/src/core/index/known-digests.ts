import type { CredentialReads } from "../credential/ports.ts";
import type { Digest } from "../secret/keyring.ts";
import { nextTurn } from "../turn.ts";
import { DigestFilter } from "./digest-filter.ts";

const FIRST_CAPACITY = 65_536;
const GROWTH = 4;
const BATCH = 1_000;
/** More than are counted before they are read. */
const COUNTED_MAX = 100_000_000;
/** Room for those that are created while the others are read. */
const SPARE = 1.1;
/** Digests whose rows may not be stored yet: more than can wait for a commit at once. */
const LATEST_MAX = 4_096;

/** What of a store is needed to know its digests. */
interface DigestSource {
  readonly isOnlyWriter: boolean;
  readonly read: { readonly credentials: Pick<CredentialReads, "count" | "listDigests"> };
}

/**
 * The digests that exist, so that any number of unknown secrets does not reach the database. Used only if
 * this process is the only writer: elsewhere another node may have just created one, and its holder would be
 * refused.
 */
export class KnownDigests {
  readonly #store: DigestSource;
  #filter = new DigestFilter(FIRST_CAPACITY);
  /** The digests that were added last; they go over into each new filter. */
  readonly #latest: string[] = [];
  #added = 0;
  #isReady = false;
  /** Counts calls of `learn`: an earlier one ends when a later one begins. */
  #runs = 0;
  #stopped = false;

  constructor(store: DigestSource) {
    this.#store = store;
  }

  /**
   * Reads the stored digests in small batches between requests. Until it is done no digest is reported as
   * unknown.
   */
  async learn(): Promise<void> {
    if (!this.#store.isOnlyWriter) {
      return;
    }
    this.#isReady = false;
    this.#runs += 1;
    const run = this.#runs;
    // So that a large store is read once, not again with each larger filter.
    const stored = await this.#store.read.credentials.count({ limit: COUNTED_MAX, now: 0 });
    if (run === this.#runs && stored * SPARE > this.#filter.capacity) {
      this.#renew(stored * SPARE);
    }
    let after = "";
    while (!this.#stopped) {
      const batch = await this.#store.read.credentials.listDigests(after, BATCH);
      if (run !== this.#runs) {
        return;
      }
      for (const { digest } of batch) {
        this.#filter.add(keyOf(digest));
      }
      const last = batch[batch.length - 1];
      if (this.#filter.isFull) {
        this.#renew(this.#filter.capacity * GROWTH);
        after = "";
      } else if (last && batch.length === BATCH) {
        after = last.id;
      } else {
        this.#isReady = true;
        return;
      }
      await nextTurn();
    }
  }

  /** Ends learning, before the store is closed. */
  stop(): void {
    this.#stopped = true;
  }

  /** To be called before a credential is stored, so that no moment finds it stored and unknown. */
  addBeforeInsert({ key }: Digest): void {
    this.#latest[this.#added % LATEST_MAX] = key;
    this.#added += 1;
    this.#filter.add(key);
    if (this.#isReady && this.#filter.isFull) {
      this.#isReady = false;
      this.#renew(this.#filter.capacity * GROWTH);
      // After a failure every look-up goes to the database, which is slower and just as correct.
      this.learn().catch(() => undefined);
    }
  }

  /** An empty filter but for what may be missing in what is read from now on. */
  #renew(capacity: number): void {
    this.#filter = new DigestFilter(capacity);
    for (const key of this.#latest) {
      this.#filter.add(key);
    }
  }

  /** True only when no credential has this digest. */
  isUnknown({ key }: Digest): boolean {
    return this.#isReady && !this.#filter.mayHold(key);
  }
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString("latin1");
}
