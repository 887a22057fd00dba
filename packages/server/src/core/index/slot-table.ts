/** What a table must know of the records that its slots point to. */
export interface SlotKeys<Key> {
  /** The hash of the record in a slot, 32 bits. */
  hashOf(slot: number): number;
  isAt(slot: number, key: Key): boolean;
}

const EMPTY = 0;
const REMOVED = 1;
/** Cells hold the slot plus this. */
const FIRST_SLOT = 2;
const FIRST_CELLS = 64;
/** Share of the cells that may be taken, by entries and by removed ones, before a new table begins. */
const LOAD_MAX = 0.6;
/**
 * Cells of the former table that are emptied with each addition. A new table has at least half as many cells
 * as the former one and room for additions in 0.3 of them, so the former one is empty long before it is full.
 */
const MOVED_AT_ONCE = 32;

/**
 * A hash table of slot numbers: open addressing in a `Uint32Array`, seven to fourteen bytes for each entry
 * and nothing for the collector to visit. It grows without a pause: a larger table is put in front of the
 * present one, and each later addition moves some entries over. Each entry is in exactly one of the two.
 */
export class SlotTable<Key> {
  readonly #keys: SlotKeys<Key>;
  #cells = new Uint32Array(FIRST_CELLS);
  /** Cells that are not empty: entries and removed ones. */
  #taken = 0;
  #count = 0;
  /** The table before the last growth, until all its entries have moved. */
  #former: Uint32Array | null = null;
  #formerAt = 0;

  constructor(keys: SlotKeys<Key>) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#count;
  }

  /** The slot whose record has this key and hash, or -1. */
  find(hash: number, key: Key): number {
    const cell = this.#cellOf(this.#cells, hash, key);
    if (cell >= 0) {
      return (this.#cells[cell] as number) - FIRST_SLOT;
    }
    const former = this.#former;
    const formerCell = former === null ? -1 : this.#cellOf(former, hash, key);
    return former === null || formerCell < 0 ? -1 : (former[formerCell] as number) - FIRST_SLOT;
  }

  /** Adds a slot whose record is complete and whose key is in no other slot. */
  add(slot: number): void {
    this.#moveSome();
    if (this.#taken + 1 > this.#cells.length * LOAD_MAX) {
      this.#grow();
    }
    this.#insert(slot);
    this.#count += 1;
  }

  /** Removes a slot, whose record must still be there. */
  remove(slot: number): void {
    const hash = this.#keys.hashOf(slot);
    for (const cells of this.#former === null ? [this.#cells] : [this.#cells, this.#former]) {
      const mask = cells.length - 1;
      for (let at = spread(hash) & mask; cells[at] !== EMPTY; at = (at + 1) & mask) {
        if (cells[at] === slot + FIRST_SLOT) {
          cells[at] = REMOVED;
          this.#count -= 1;
          return;
        }
      }
    }
  }

  #cellOf(cells: Uint32Array, hash: number, key: Key): number {
    const mask = cells.length - 1;
    for (let at = spread(hash) & mask; ; at = (at + 1) & mask) {
      const cell = cells[at] as number;
      if (cell === EMPTY) {
        return -1;
      }
      if (cell !== REMOVED && this.#keys.isAt(cell - FIRST_SLOT, key)) {
        return at;
      }
    }
  }

  #insert(slot: number): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    let at = spread(this.#keys.hashOf(slot)) & mask;
    while ((cells[at] as number) >= FIRST_SLOT) {
      at = (at + 1) & mask;
    }
    if (cells[at] === EMPTY) {
      this.#taken += 1;
    }
    cells[at] = slot + FIRST_SLOT;
  }

  /** Begins a table that the present entries fill by half of `LOAD_MAX` at most. */
  #grow(): void {
    while (this.#former !== null) {
      this.#moveSome();
    }
    let length = Math.max(FIRST_CELLS, this.#cells.length / 2);
    while (length * (LOAD_MAX / 2) < this.#count) {
      length *= 2;
    }
    this.#former = this.#cells;
    this.#formerAt = 0;
    this.#cells = new Uint32Array(length);
    this.#taken = 0;
  }

  #moveSome(): void {
    const former = this.#former;
    if (former === null) {
      return;
    }
    const end = Math.min(this.#formerAt + MOVED_AT_ONCE, former.length);
    for (; this.#formerAt < end; this.#formerAt += 1) {
      const cell = former[this.#formerAt] as number;
      if (cell >= FIRST_SLOT) {
        this.#insert(cell - FIRST_SLOT);
        // Not empty: entries behind it are found across it.
        former[this.#formerAt] = REMOVED;
      }
    }
    if (end === former.length) {
      this.#former = null;
    }
  }
}

/** Spreads hashes that differ in few bits over the table (the finaliser of MurmurHash3). */
function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
