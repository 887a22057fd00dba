/**
 * A map that drops entries that were not read lately, so that it never exceeds `entriesMax`. Entries are kept
 * in two generations of half that size: reading an entry moves it to the young generation, and the old one is
 * dropped as a whole. Evicting entries one by one from a `Map` costs more the more were evicted before.
 */
export class BoundedMap<Key, Value> {
  readonly #generationMax: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(entriesMax: number) {
    this.#generationMax = Math.max(1, Math.floor(entriesMax / 2));
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) {
      return young;
    }
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.set(key, old);
    }
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** True if it holds the key. Does not count as reading it. */
  has(key: Key): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
