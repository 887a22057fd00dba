import { BoundedMap } from "../../core/bounded-map.ts";
import type { Issued } from "../../core/credential/issue.ts";
import type { Hub } from "../../core/hub.ts";

/** A repeat that comes later than this means a new key. */
export const REPEAT_WINDOW_MS = 5_000;
const REMEMBERED_MAX = 1_000;

interface Answer {
  readonly issued: Promise<Issued>;
  readonly at: number;
}

/**
 * The keys that GETs have just created, for as long as a repeat of the same request may still come: proxies
 * and clients repeat a GET whose answer was lost, and a second key would end the first one unnoticed. Only
 * the same proof of identity gets the same answer, and only while its key is active. Kept in memory for the
 * length of the window.
 */
export class RepeatedGets {
  readonly #hub: Hub;
  readonly #answers = new BoundedMap<string, Answer>(REMEMBERED_MAX);

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /**
   * The recent answer to the same GET, or the result of `make`. `caller` tells one proof of identity from
   * another.
   */
  async answer(caller: string, make: () => Promise<Issued>): Promise<Issued> {
    const now = this.#hub.now();
    const known = this.#answers.get(caller);
    if (known && now - known.at < REPEAT_WINDOW_MS) {
      const issued = await known.issued;
      if ((await this.#hub.verdicts.verify(issued.secret)).active) {
        return issued;
      }
    }
    const issued = make();
    this.#remember(caller, { issued, at: now });
    try {
      return await issued;
    } catch (error) {
      this.#answers.delete(caller);
      throw error;
    }
  }

  #remember(caller: string, answer: Answer): void {
    this.#answers.set(caller, answer);
    setTimeout(() => {
      if (this.#answers.get(caller) === answer) {
        this.#answers.delete(caller);
      }
    }, REPEAT_WINDOW_MS).unref();
  }
}
