/** Bits for each digest, and positions looked at: about one false alarm in a thousand when full. */
const BITS_EACH = 16;
const POSITIONS = 6;

/**
 * A Bloom filter over digests, 32 bytes as latin1 text: "certainly not" or "perhaps". Digests are HMACs and
 * thus random, so their words serve as the hash functions. Entries cannot be removed; a removed credential
 * only causes a false alarm.
 */
export class DigestFilter {
  readonly capacity: number;
  readonly #words: Uint32Array;
  #count = 0;

  /** `capacity` is rounded up to a power of two. Two bytes for each. */
  constructor(capacity: number) {
    this.capacity = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1024)));
    this.#words = new Uint32Array((this.capacity * BITS_EACH) / 32);
  }

  get isFull(): boolean {
    return this.#count >= this.capacity;
  }

  add(digest: string): void {
    this.#count += 1;
    for (let position = 0; position < POSITIONS; position += 1) {
      const at = this.#bitOf(digest, position);
      this.#words[at >>> 5] = (this.#words[at >>> 5] as number) | (1 << (at & 31));
    }
  }

  mayHold(digest: string): boolean {
    for (let position = 0; position < POSITIONS; position += 1) {
      const at = this.#bitOf(digest, position);
      if (((this.#words[at >>> 5] as number) & (1 << (at & 31))) === 0) {
        return false;
      }
    }
    return true;
  }

  #bitOf(digest: string, position: number): number {
    const from = position * 4;
    const word =
      digest.charCodeAt(from) |
      (digest.charCodeAt(from + 1) << 8) |
      (digest.charCodeAt(from + 2) << 16) |
      (digest.charCodeAt(from + 3) << 24);
    return (word >>> 0) % (this.#words.length * 32);
  }
}
