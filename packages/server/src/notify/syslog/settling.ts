/** What was written this long before a connection broke may not have arrived. */
const SETTLED_AFTER_MS = 5_000;

/**
 * How far a stream without acknowledgements has come. An event counts as arrived when the connection still
 * stands five seconds after it was written.
 */
export class Settling {
  /** Written within the last seconds, oldest first. */
  #recent: { readonly seq: number; readonly at: number }[] = [];
  #settled: number | null = null;

  /** `now` in milliseconds, here and below, by a clock that only moves forward. */
  wrote(seq: number, now: number): void {
    this.#settle(now);
    this.#recent.push({ seq, at: now });
  }

  /** Forgets what may be lost. */
  broke(now: number): void {
    this.#settle(now);
    this.#recent = [];
  }

  writtenSeq(): number | null {
    return this.#recent[this.#recent.length - 1]?.seq ?? this.#settled;
  }

  settledSeq(now: number): number | null {
    this.#settle(now);
    return this.#settled;
  }

  #settle(now: number): void {
    const index = this.#recent.findIndex(({ at }) => now - at < SETTLED_AFTER_MS);
    const settled = index < 0 ? this.#recent : this.#recent.slice(0, index);
    this.#settled = settled[settled.length - 1]?.seq ?? this.#settled;
    this.#recent = index < 0 ? [] : this.#recent.slice(index);
  }
}
