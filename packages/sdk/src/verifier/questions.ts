import { MintmarkError } from "../error.ts";
import type { HubCalls } from "./hub-calls.ts";
import { isWithin, type Moment, now } from "./moment.ts";
import type { Known } from "./verdict.ts";

/** Connections to the hub at a time. More would only wait there. */
const CALLS_MAX = 16;
/** Questions that wait for one. Beyond that a request is better told at once that it cannot be judged. */
const WAITING_MAX = 5_000;

export interface Told {
  readonly known: Known | null;
  /** When the question was put. */
  readonly askedAt: Moment;
}

/** One question, from the first who has it to all who share its answer. */
class OpenQuestion {
  readonly text: string;
  readonly since: Moment;
  readonly told: Promise<Told>;
  /** Null while the question waits to be sent. */
  askedAt: Moment | null = null;
  answer!: (told: Told) => void;
  fail!: (error: unknown) => void;

  constructor(text: string, since: Moment) {
    this.text = text;
    this.since = since;
    this.told = new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  }
}

export interface QuestionLimits {
  /** How long after a question was sent another caller may share its answer. */
  readonly sharedMs: number;
  /** From question to answer, waiting included. */
  readonly timeoutMs: number;
}

/**
 * Questions to the hub in flight. Questions about the same secret are merged, and those of one turn of the
 * event loop are sent together if the hub accepts many at a time. An old question is not shared any more: its
 * answer would miss what has ended since.
 */
export class Questions {
  readonly #calls: HubCalls;
  readonly #limits: QuestionLimits;
  readonly #clock: () => Moment;
  readonly #open = new Map<string, OpenQuestion>();
  readonly #waiting: OpenQuestion[] = [];
  #callsUnderWay = 0;
  #isScheduled = false;

  constructor(calls: HubCalls, limits: QuestionLimits, clock: () => Moment = now) {
    this.#calls = calls;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Rejects with `MintmarkError` when it cannot be known; `overloaded` when too many wait already. */
  async ask(digest: string, text: string): Promise<Told> {
    const at = this.#clock();
    const open = this.#open.get(digest);
    if (open && (open.askedAt === null || isWithin(this.#limits.sharedMs, open.askedAt, at))) {
      return open.told;
    }
    if (this.#waiting.length >= WAITING_MAX) {
      throw new MintmarkError({
        code: "overloaded",
        status: 0,
        message: "Too many questions to the hub wait for an answer.",
      });
    }
    const question = new OpenQuestion(text, at);
    this.#open.set(digest, question);
    this.#waiting.push(question);
    this.#schedule();
    try {
      return await question.told;
    } finally {
      if (this.#open.get(digest) === question) {
        this.#open.delete(digest);
      }
    }
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) {
      return;
    }
    this.#isScheduled = true;
    // After the sockets that are readable now have been read: their questions go along.
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#waiting.length > 0 && this.#callsUnderWay < CALLS_MAX) {
        void this.#put(this.#waiting.splice(0, this.#calls.batchMax));
      }
    });
  }

  async #put(questions: readonly OpenQuestion[]): Promise<void> {
    const askedAt = this.#clock();
    for (const question of questions) {
      question.askedAt = askedAt;
    }
    this.#callsUnderWay += 1;
    try {
      const texts = questions.map(({ text }) => text);
      const known = await this.#calls.ask(texts, this.#timeLeft(questions, askedAt));
      for (const [at, question] of questions.entries()) {
        question.answer({ known: known[at] ?? null, askedAt });
      }
    } catch (error) {
      for (const question of questions) {
        question.fail(error);
      }
    } finally {
      this.#callsUnderWay -= 1;
      this.#schedule();
    }
  }

  /** The oldest stands first. */
  #timeLeft([oldest]: readonly OpenQuestion[], at: Moment): number {
    const { steady } = oldest?.since ?? at;
    const left = Math.ceil(this.#limits.timeoutMs - (at.steady - steady));
    if (left <= 0) {
      throw new MintmarkError({ code: "timeout", status: 0, message: "The hub did not answer in time." });
    }
    return left;
  }
}
