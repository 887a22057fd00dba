import { statSync } from "node:fs";
import { Kysely } from "kysely";
import type { Database } from "../sql/schema.ts";
import { AsideWriter } from "./aside-writer.ts";
import type { NativeDatabase } from "./driver.ts";
import type { ForeignWrites } from "./foreign-writes.ts";
import { DatabaseThread } from "./thread/database-thread.ts";
import { ThreadDialect } from "./thread/thread-dialect.ts";
import { WalKeeper } from "./wal-keeper.ts";

/** About ten thousand credentials with their events. No statement on a smaller file takes long. */
const LARGE_BYTES = 8 * 1024 * 1024;
/** Pages that the log may hold if the thread that moves them has failed. */
const LOGGED_WITHOUT_THREAD_MAX = 65_536;

interface ThreadsOptions {
  readonly path: string;
  readonly writerFile: NativeDatabase;
  readonly foreign: ForeignWrites;
  readonly largeFrom?: number | undefined;
}

/**
 * The threads of a large SQLite file: one reads what takes long, one writes it and moves the log. They start
 * when they are first needed; a small file needs none.
 */
export class Threads {
  readonly reader: Kysely<Database>;
  readonly writer: AsideWriter;
  readonly log: WalKeeper;
  readonly #options: ThreadsOptions;
  readonly #reading: DatabaseThread;
  readonly #writing: DatabaseThread;
  #areNeeded = false;

  constructor(options: ThreadsOptions) {
    const { path, foreign } = options;
    this.#options = options;
    this.#reading = new DatabaseThread({ path, access: "read" });
    this.#writing = new DatabaseThread({ path, access: "write" });
    this.reader = new Kysely<Database>({ dialect: new ThreadDialect(this.#reading) });
    this.writer = new AsideWriter(this.#writing, foreign);
    this.log = new WalKeeper(this.#writing);
  }

  /** True once the file is large. */
  areNeeded(): boolean {
    const { path, writerFile, largeFrom = LARGE_BYTES } = this.#options;
    if (!this.#areNeeded && statSync(path).size >= largeFrom) {
      this.#areNeeded = true;
      writerFile.exec(`pragma wal_autocheckpoint = ${LOGGED_WITHOUT_THREAD_MAX}`);
    }
    return this.#areNeeded;
  }

  async close(): Promise<void> {
    await this.log.stop();
    await Promise.all([this.#reading.close(), this.#writing.close()]);
  }
}
