import { hash, verify } from "@node-rs/argon2";
import type { PasswordHasher } from "../core/world.ts";

/** argon2id, 64 MiB, 3 passes, 1 lane: above OWASP's minimum (19 MiB, 2 passes), since it is this cheap here. */
const COST = { memoryCost: 65_536, timeCost: 3, parallelism: 1 };
const CURRENT = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;

/** Each hash takes 64 MiB: a flood of log-ins must queue rather than exhaust the memory. */
const CONCURRENT_MAX = 2;

export class Argon2Hasher implements PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  hash(password: string): Promise<string> {
    return this.#limited(() => hash(password, COST));
  }

  verify(phc: string, password: string): Promise<boolean> {
    return this.#limited(() => verify(phc, password));
  }

  isOutdated(phc: string): boolean {
    return !phc.startsWith(CURRENT);
  }

  async #limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= CONCURRENT_MAX) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
