import { BoundedMap } from "./bounded-map.ts";
import { HubError } from "./errors.ts";
import type { Clock } from "./world.ts";

/** Bounds the memory that an attacker with many names or addresses can claim. */
const TRACKED_MAX = 20_000;

/** Limits attempts per key to `max` in any window of `windowMs`. Each node counts for itself, in memory. */
export class AttemptWindow {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #max: number;
  readonly #attempts = new BoundedMap<string, readonly number[]>(TRACKED_MAX);

  constructor(clock: Clock, { windowMs, max }: { readonly windowMs: number; readonly max: number }) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#max = max;
  }

  /** Throws `too_many_attempts`, with the time to wait, when the key has used up its number. */
  check(key: string): void {
    const recent = this.#recent(key);
    const oldest = recent[recent.length - this.#max];
    if (oldest !== undefined) {
      const waitMs = oldest + this.#windowMs - this.#clock.now();
      throw new HubError("too_many_attempts", {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
        explanation: "Too many attempts. Wait, then try again.",
      });
    }
  }

  note(key: string): void {
    const recent = [...this.#recent(key), this.#clock.now()].slice(-this.#max);
    this.#attempts.set(key, recent);
  }

  #recent(key: string): readonly number[] {
    const since = this.#clock.now() - this.#windowMs;
    return (this.#attempts.get(key) ?? []).filter((at) => at > since);
  }
}
