import { BoundedMap } from "../../../core/bounded-map.ts";

const OWNERS_MAX = 10_000;

interface Measured {
  readonly count: number;
  /** The number of the last audit event when it was counted. */
  readonly seq: number;
}

/**
 * How many credentials an owner can have at most, without counting them again. Each new credential comes with
 * an audit event, whichever node makes it, so an owner has at most as many more as there are events since its
 * credentials were counted.
 */
export class RoomBounds {
  /** The number of the last event that was heard of. */
  #seq = 0;
  readonly #measured = new BoundedMap<string, Measured>(OWNERS_MAX);

  /** At most so many when `seq` is the number of the last event; null if that is not known. */
  boundOf(ownerId: string, seq: number): number | null {
    this.#seq = seq;
    const measured = this.#measured.get(ownerId);
    return measured && measured.seq <= seq ? measured.count + seq - measured.seq : null;
  }

  /** A guess from what was last heard: false if the owner is unknown or may be near the limit. */
  isFarBelow(ownerId: string, limit: number): boolean {
    const measured = this.#measured.get(ownerId);
    return measured !== undefined && measured.count + this.#seq - measured.seq < limit;
  }

  /** `count` includes all that have no stored end, and must be committed. */
  note(ownerId: string, measured: Measured): void {
    this.#measured.set(ownerId, measured);
  }
}
