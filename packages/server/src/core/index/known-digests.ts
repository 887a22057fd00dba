import type { Digest } from "../secret/keyring.ts";
import type { Store } from "../store.ts";
import { nextTurn } from "../turn.ts";
import { DigestFilter } from "./digest-filter.ts";

const FIRST_CAPACITY = 65_536;
const GROWTH = 4;
const BATCH = 1_000;

/**
 * The digests that exist, so that any number of unknown secrets does not reach the database. Used only if
 * this process is the only writer: elsewhere another node may have just created one, and its holder would be
 * refused.
 */
export class KnownDigests {
  readonly #store: Store;
  #filter = new DigestFilter(FIRST_CAPACITY);
  #isReady = false;
  #stopped = false;

  constructor(store: Store) {
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
    let after = "";
    while (!this.#stopped) {
      const batch = await this.#store.read.credentials.listDigests(after, BATCH);
      for (const { digest } of batch) {
        this.#filter.add(keyOf(digest));
      }
      const last = batch[batch.length - 1];
      if (this.#filter.isFull) {
        this.#filter = new DigestFilter(this.#filter.capacity * GROWTH);
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
    this.#filter.add(key);
    if (this.#isReady && this.#filter.isFull) {
      this.#filter = new DigestFilter(this.#filter.capacity * GROWTH);
      this.#filter.add(key);
      // After a failure every look-up goes to the database, which is slower and just as correct.
      this.learn().catch(() => undefined);
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
