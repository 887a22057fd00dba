import { addressKey } from "../address-key.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { Clock } from "../world.ts";

const WINDOW_MS = 15 * 60_000;
const PER_ADDRESS_MAX = 100;
const ALTOGETHER_MAX = 10_000;
/** Bounds the memory that many addresses can claim. */
const ADDRESSES_MAX = 10_000;

/**
 * How many refusals may be written to the audit: 100 from one address in 15 minutes, and 10,000 altogether on
 * one node. An audit that strangers can fill hides what matters. The server's log has every refusal.
 */
export class AuditAllowance {
  readonly #clock: Clock;
  readonly #counts = new BoundedMap<string, Count>(ADDRESSES_MAX);
  #altogether: Count = { since: 0, count: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admits(address: string | null): boolean {
    const key = addressKey(address);
    const own = this.#current(this.#counts.get(key));
    if (own.count >= PER_ADDRESS_MAX) {
      return false;
    }
    this.#altogether = this.#current(this.#altogether);
    if (this.#altogether.count >= ALTOGETHER_MAX) {
      return false;
    }
    own.count += 1;
    this.#altogether.count += 1;
    this.#counts.set(key, own);
    return true;
  }

  #current(count: Count | undefined): Count {
    const now = this.#clock.now();
    return count && now - count.since < WINDOW_MS ? count : { since: now, count: 0 };
  }
}

interface Count {
  readonly since: number;
  count: number;
}
