import type { DatabaseThread } from "./thread/database-thread.ts";

/** How often the log is moved into the database file. */
const INTERVAL_MS = 1_000;
/** Pages of 4 KB. A log that grows beyond waits for a moment without writers, so that it can begin anew. */
const LOGGED_MAX = 8_192;

/**
 * Moves SQLite's write-ahead log into the database file in a thread. SQLite would do it in the commit that
 * fills the log, and so hold the event loop for as long as the disk takes.
 */
export class WalKeeper {
  readonly #thread: DatabaseThread;
  #timer: NodeJS.Timeout | null = null;
  #moving: Promise<void> = Promise.resolve();
  #isWritten = false;
  #isTooLong = false;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  /** To be awaited before each transaction: resolves at once unless the log is too long. */
  async beforeWrite(): Promise<void> {
    this.#timer ??= setInterval(() => this.#move(), INTERVAL_MS).unref();
    if (this.#isTooLong) {
      // Without a writer the whole log is moved, and the next commit begins it anew.
      await this.#moving;
      this.#isWritten = true;
      this.#move();
      await this.#moving;
      this.#isTooLong = false;
    }
    this.#isWritten = true;
  }

  async stop(): Promise<void> {
    if (this.#timer) {
      clearInterval(this.#timer);
    }
    await this.#moving;
  }

  #move(): void {
    if (this.#isWritten) {
      this.#isWritten = false;
      this.#moving = this.#moving.then(() => this.#moveNow());
    }
  }

  async #moveNow(): Promise<void> {
    try {
      const { logged } = await this.#thread.checkpoint();
      this.#isTooLong = logged > LOGGED_MAX;
    } catch {
      // The next attempt may succeed; until then SQLite's own limit bounds the log.
    }
  }
}
