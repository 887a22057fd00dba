import { hash, verify } from "@node-rs/argon2";
import type { HashTurn, PasswordHasher } from "../core/world.ts";
import { FairQueue } from "./fair-queue.ts";

/**
 * argon2id, 64 MiB, 3 passes, 1 lane: above OWASP's minimum (19 MiB, 2 passes), since it is this cheap here.
 */
const COST = { memoryCost: 65_536, timeCost: 3, parallelism: 1 };
const CURRENT = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;

/** Each hash takes 64 MiB: a flood of log-ins must queue rather than exhaust the memory. */
const CONCURRENT_MAX = 2;
/** About two seconds of work. Further attempts are refused at once instead of waiting. */
const WAITING_MAX = 50;
const RETRY_AFTER_SECONDS = 2;
/** For work that no caller waits for. */
const OWN_TURN: HashTurn = { lane: "" };

export class Argon2Hasher implements PasswordHasher {
  readonly #queue = new FairQueue({
    runningMax: CONCURRENT_MAX,
    waitingMax: WAITING_MAX,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  hash(password: string, turn: HashTurn = OWN_TURN): Promise<string> {
    return this.#queue.run(turn, () => hash(password, COST));
  }

  verify(phc: string, password: string, turn: HashTurn = OWN_TURN): Promise<boolean> {
    return this.#queue.run(turn, () => verify(phc, password));
  }

  isOutdated(phc: string): boolean {
    return !phc.startsWith(CURRENT);
  }
}
