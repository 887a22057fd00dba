import type { Digest } from "../secret/keyring.ts";
import type { Store } from "../store.ts";
import { DigestFilter } from "./digest-filter.ts";

const FIRST_CAPACITY = 65_536;
const GROWTH = 4;
const BATCH = 1_000;

/**
 * Which digests exist at all, so that secrets nobody ever made do not reach the database, whatever their
 * number. Only where this process is the store's only writer: elsewhere another node may have made one a
 * moment ago, and its holder would be turned away.
 */
export class KnownDigests {
  readonly #store: Store;
  #filter = new DigestFilter(FIRST_CAPACITY);
  #isReady = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Reads what is stored, a little at a time beside the requests. Until it is done nothing is said to be
   * unknown.
   */
  async learn(): Promise<void> {
    if (!this.#store.isOnlyWriter) {
      return;
    }
    this.#isReady = false;
    let after = "";
    for (;;) {
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
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** To be called before a credential is stored, so that no moment finds it stored and unknown. */
  expect({ key }: Digest): void {
    this.#filter.add(key);
    if (this.#isReady && this.#filter.isFull) {
      this.#filter = new DigestFilter(this.#filter.capacity * GROWTH);
      this.#filter.add(key);
      // What fails here leaves everything to the database, which is slower and just as right.
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
