import { CompiledQuery, Kysely } from "kysely";
import type { Database } from "../sql/schema.ts";
import type { ForeignWrites } from "./foreign-writes.ts";
import type { DatabaseThread } from "./thread/database-thread.ts";
import { ThreadDialect } from "./thread/thread-dialect.ts";

const BEGIN = CompiledQuery.raw("begin immediate");
const COMMIT = CompiledQuery.raw("commit");
const ROLLBACK = CompiledQuery.raw("rollback");

/** Runs large transactions on the connection of a thread: their statements and commits take long. */
export class AsideWriter {
  readonly #thread: DatabaseThread;
  readonly #db: Kysely<Database>;
  readonly #foreign: ForeignWrites;

  constructor(thread: DatabaseThread, foreign: ForeignWrites) {
    this.#thread = thread;
    this.#db = new Kysely<Database>({ dialect: new ThreadDialect(thread) });
    this.#foreign = foreign;
  }

  /** Like a transaction of the main connection, which must have none open meanwhile. */
  async transact(work: (db: Kysely<Database>) => Promise<unknown>): Promise<void> {
    await this.#db.executeQuery(BEGIN);
    // Inside the transaction nobody else commits, so a version that differs afterwards is a foreign commit.
    const version = await this.#version();
    const resume = this.#foreign.pause();
    try {
      await work(this.#db);
      await this.#db.executeQuery(COMMIT);
    } catch (error) {
      await this.#db.executeQuery(ROLLBACK).catch(() => undefined);
      throw error;
    } finally {
      resume();
      // Asked after the watch goes on: a foreign commit since ours is either seen by the watch or seen here.
      if ((await this.#version().catch(() => null)) !== version) {
        this.#foreign.report();
      }
    }
  }

  async #version(): Promise<unknown> {
    const { rows } = await this.#thread.query("pragma data_version", []);
    return (rows[0] as { data_version: unknown } | undefined)?.data_version;
  }
}
