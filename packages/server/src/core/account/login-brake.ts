import { HubError } from "../errors.ts";
import type { Clock } from "../world.ts";

const WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT_MAX = 10;
const PER_ADDRESS_MAX = 100;
/** Bounds the memory that an attacker with many names or addresses can claim; the oldest give way. */
const TRACKED_MAX = 20_000;

/**
 * Slows down guessing of passwords: after 10 wrong ones in 15 minutes for one account, or 100 from one address, log-ins are refused with
 * the time to wait. A right password for another account from a braked address still works: the address only stops further failures from
 * being tried for accounts that have failed from it. Kept per node and in memory.
 */
export class LoginBrake {
  readonly #clock: Clock;
  readonly #failures = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `too_many_attempts` when this account must wait. Call it before the password is hashed. */
  checkAccount(usernameKey: string): void {
    this.#check(`account ${usernameKey}`, PER_ACCOUNT_MAX);
  }

  /** Throws `too_many_attempts` when this address must wait. Call it after a wrong password only, so that the innocent behind the same address get in. */
  checkAddress(address: string | null): void {
    if (address !== null) {
      this.#check(`address ${address}`, PER_ADDRESS_MAX);
    }
  }

  noteFailure(usernameKey: string, address: string | null): void {
    this.#add(`account ${usernameKey}`);
    if (address !== null) {
      this.#add(`address ${address}`);
    }
  }

  noteSuccess(usernameKey: string): void {
    this.#failures.delete(`account ${usernameKey}`);
  }

  #check(key: string, max: number): void {
    const recent = this.#recent(key);
    if (recent.length >= max) {
      const oldest = recent[recent.length - max] as number;
      const retryAfterSeconds = Math.max(1, Math.ceil((oldest + WINDOW_MS - this.#clock.now()) / 1000));
      throw new HubError("too_many_attempts", { retryAfterSeconds });
    }
  }

  #add(key: string): void {
    const recent = this.#recent(key);
    recent.push(this.#clock.now());
    this.#failures.delete(key);
    this.#failures.set(key, recent.slice(-PER_ADDRESS_MAX));
    if (this.#failures.size > TRACKED_MAX) {
      const [oldest] = this.#failures.keys();
      this.#failures.delete(oldest as string);
    }
  }

  #recent(key: string): number[] {
    const since = this.#clock.now() - WINDOW_MS;
    return (this.#failures.get(key) ?? []).filter((at) => at > since);
  }
}
