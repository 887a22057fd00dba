import { HubError } from "../core/errors.ts";
import type { HashTurn } from "../core/world.ts";

interface Waiting {
  readonly turn: HashTurn;
  readonly start: () => void;
  readonly reject: (error: HubError) => void;
}

/**
 * Runs a few pieces of work at a time. Waiting work stands in lanes that take turns, so that the many callers
 * of one lane do not hold up all others. When too much waits, the longest lane drops its latest. Work of
 * callers that hung up is not started.
 */
export class FairQueue {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #retryAfterSeconds: number;
  /** The lane whose turn is next comes first. */
  readonly #lanes = new Map<string, Waiting[]>();
  #running = 0;
  #waiting = 0;

  constructor(bounds: {
    readonly runningMax: number;
    readonly waitingMax: number;
    readonly retryAfterSeconds: number;
  }) {
    this.#runningMax = bounds.runningMax;
    this.#waitingMax = bounds.waitingMax;
    this.#retryAfterSeconds = bounds.retryAfterSeconds;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Throws `busy` when too many wait, or when the caller hung up before its turn. */
  async run<Result>(turn: HashTurn, work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#runningMax) {
      await new Promise<void>((start, reject) => this.#join({ turn, start, reject }));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  #join(waiting: Waiting): void {
    if (this.#waiting >= this.#waitingMax) {
      this.#dropGone();
    }
    const own = this.#lanes.get(waiting.turn.lane) ?? [];
    if (this.#waiting >= this.#waitingMax && !this.#dropOneOfLonger(own.length + 1)) {
      waiting.reject(new HubError("busy", { retryAfterSeconds: this.#retryAfterSeconds }));
      return;
    }
    this.#lanes.set(waiting.turn.lane, [...own, waiting]);
    this.#waiting += 1;
  }

  #startNext(): void {
    for (;;) {
      const [next] = this.#lanes;
      if (!next) {
        return;
      }
      const [lane, [first, ...rest]] = next;
      this.#lanes.delete(lane);
      if (rest.length > 0) {
        this.#lanes.set(lane, rest);
      }
      this.#waiting -= 1;
      if (first && first.turn.isGone?.() !== true) {
        this.#running += 1;
        first.start();
        return;
      }
      first?.reject(new HubError("busy", { detail: "the caller hung up" }));
    }
  }

  #dropGone(): void {
    for (const [lane, all] of this.#lanes) {
      const gone = all.filter(({ turn }) => turn.isGone?.() === true);
      this.#replace(
        lane,
        all.filter((one) => !gone.includes(one)),
      );
      for (const { reject } of gone) {
        reject(new HubError("busy", { detail: "the caller hung up" }));
      }
    }
  }

  /** The latest of the longest lane, if that is longer than `length`. */
  #dropOneOfLonger(length: number): boolean {
    const [lane, longest] = [...this.#lanes].reduce((a, b) => (b[1].length > a[1].length ? b : a), [
      "",
      [] as Waiting[],
    ] as [string, Waiting[]]);
    const last = longest.length > length ? longest[longest.length - 1] : undefined;
    if (!last) {
      return false;
    }
    this.#replace(lane, longest.slice(0, -1));
    last.reject(new HubError("busy", { retryAfterSeconds: this.#retryAfterSeconds }));
    return true;
  }

  #replace(lane: string, kept: Waiting[]): void {
    this.#waiting -= (this.#lanes.get(lane)?.length ?? 0) - kept.length;
    if (kept.length === 0) {
      this.#lanes.delete(lane);
    } else {
      this.#lanes.set(lane, kept);
    }
  }
}
