import { isWithin, type Moment } from "./moment.ts";
import type { Known } from "./verdict.ts";

interface Entry {
  readonly known: Known | null;
  readonly askedAt: Moment;
}

export interface MemoryLimits {
  /** How long an answer is good for, counted from when the question was put. 0: nothing is kept. */
  readonly lifeMs: number;
  /** How many good ones are kept, and apart from them how many bad ones. */
  readonly entries: number;
}

/**
 * Recent answers by the digest of the secret. Good and bad ones are bounded separately, so that a flood of
 * garbage cannot push out known callers; the oldest entry goes first. An answer is never used after its time.
 */
export class Memory {
  readonly #limits: MemoryLimits;
  readonly #good = new Map<string, Entry>();
  readonly #bad = new Map<string, Entry>();

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  /** Null for a secret that is known to be inactive, undefined for an unknown one. */
  recall(digest: string, at: Moment): Known | null | undefined {
    const good = this.#recallFrom(this.#good, digest, at);
    return good === undefined ? this.#recallFrom(this.#bad, digest, at) : good;
  }

  /** `askedAt` is when the question was put: what the hub ended since then, it may not have told. */
  keep(digest: string, known: Known | null, askedAt: Moment): void {
    if (this.#limits.lifeMs === 0) {
      return;
    }
    this.#good.delete(digest);
    this.#bad.delete(digest);
    const entries = known ? this.#good : this.#bad;
    for (const oldest of entries.size < this.#limits.entries ? [] : entries.keys()) {
      entries.delete(oldest);
      break;
    }
    entries.set(digest, { known, askedAt });
  }

  /** How many answers are held, whether or not their time is over. */
  get size(): number {
    return this.#good.size + this.#bad.size;
  }

  #recallFrom(entries: Map<string, Entry>, digest: string, at: Moment): Known | null | undefined {
    const entry = entries.get(digest);
    if (entry && !this.#isFresh(entry, at)) {
      entries.delete(digest);
      return undefined;
    }
    return entry?.known;
  }

  #isFresh({ known, askedAt }: Entry, at: Moment): boolean {
    const endsAt = known?.endsAt ?? null;
    return isWithin(this.#limits.lifeMs, askedAt, at) && (endsAt === null || at.wall < endsAt);
  }
}
