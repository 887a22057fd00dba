import { type CredentialUse, type Door, SOURCES_MAX, type UseSource } from "./ports.ts";

interface Place {
  readonly address: string | null;
  readonly agent: string | null;
  readonly door: Door;
}

interface Count {
  readonly place: Place;
  readonly firstAt: number;
  lastAt: number;
  uses: number;
}

/**
 * The sources of one credential's uses that are not written yet. The least recently used gives way. Nearly
 * always there is one, so a map is made with the second.
 */
export class PendingSources {
  /** The same client calls again and again, so the last source is looked at first. */
  #last: Count | null = null;
  #counts: Map<string, Count> | null = null;

  note({ at, address, agent }: CredentialUse, door: Door): void {
    const last = this.#last;
    if (last && isPlace(last.place, address, agent, door)) {
      last.lastAt = at;
      last.uses += 1;
      return;
    }
    this.#add({ place: { address, agent, door }, firstAt: at, lastAt: at, uses: 1 });
  }

  /** Takes over the sources of an earlier batch that could not be written. */
  takeBack(earlier: PendingSources): void {
    for (const { address, agent, door, firstAt, lastAt, uses } of earlier.list()) {
      this.#add({ place: { address, agent, door }, firstAt, lastAt, uses });
    }
  }

  list(): readonly UseSource[] {
    const counts = this.#counts?.values() ?? (this.#last ? [this.#last] : []);
    return [...counts].map(({ place, firstAt, lastAt, uses }) => ({ ...place, firstAt, lastAt, uses }));
  }

  #add(count: Count): void {
    if (this.#last === null) {
      this.#last = count;
      return;
    }
    this.#counts ??= new Map([[keyOf(this.#last.place), this.#last]]);
    const key = keyOf(count.place);
    const known = this.#counts.get(key);
    this.#counts.delete(key);
    const merged = known ? merge(known, count) : count;
    this.#counts.set(key, merged);
    this.#last = merged;
    if (this.#counts.size > SOURCES_MAX) {
      const [oldest = key] = this.#counts.keys();
      this.#counts.delete(oldest);
    }
  }
}

function keyOf({ address, agent, door }: Place): string {
  return JSON.stringify([door, address, agent]);
}

function merge(known: Count, more: Count): Count {
  return {
    place: known.place,
    firstAt: Math.min(known.firstAt, more.firstAt),
    lastAt: Math.max(known.lastAt, more.lastAt),
    uses: known.uses + more.uses,
  };
}

function isPlace(place: Place, address: string | null, agent: string | null, door: Door): boolean {
  return place.address === address && place.agent === agent && place.door === door;
}
