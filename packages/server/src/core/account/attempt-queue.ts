import { HubError } from "../errors.ts";
import type { HashTurn } from "../world.ts";

/** The number of attempts that may wait on one node. */
const WAITING_MAX = 50;
const RETRY_AFTER_SECONDS = 2;

/**
 * Lets no more attempts of one lane be under way than it could fail: those beyond wait until one is decided.
 * Guesses that come all at once are thereby worth no more, and cost no more hashes, than guesses in a row;
 * right passwords that come all at once only wait.
 */
export class AttemptQueue {
  readonly #max: number;
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingCount = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Resolves with a function to call when the attempt is decided. `look` tells its lane and the failures
   * counted there; what it throws is thrown.
   */
  async enter(
    turn: HashTurn,
    look: () => Promise<{ readonly lane: string; readonly failures: number }>,
  ): Promise<() => void> {
    for (;;) {
      const { lane, failures } = await look();
      const underWay = this.#underWay.get(lane) ?? 0;
      if (failures + underWay < this.#max) {
        this.#underWay.set(lane, underWay + 1);
        return () => this.#leave(lane);
      }
      await this.#wait(lane);
      if (turn.isGone?.() === true) {
        throw new HubError("busy", { detail: "the caller hung up" });
      }
    }
  }

  async #wait(lane: string): Promise<void> {
    if (this.#waitingCount >= WAITING_MAX) {
      throw new HubError("busy", { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.#waitingCount += 1;
    await new Promise<void>((resolve) => {
      this.#waiting.set(lane, [...(this.#waiting.get(lane) ?? []), resolve]);
    });
    this.#waitingCount -= 1;
  }

  #leave(lane: string): void {
    const left = (this.#underWay.get(lane) ?? 1) - 1;
    if (left === 0) {
      this.#underWay.delete(lane);
    } else {
      this.#underWay.set(lane, left);
    }
    const waiting = this.#waiting.get(lane) ?? [];
    this.#waiting.delete(lane);
    for (const wake of waiting) {
      wake();
    }
  }
}
