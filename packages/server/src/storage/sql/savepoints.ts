import { CompiledQuery, type Kysely } from "kysely";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";

const OPEN = CompiledQuery.raw("savepoint job");
const RELEASE = CompiledQuery.raw("release savepoint job");
const UNDO = CompiledQuery.raw("rollback to savepoint job");
const RELEASE_AND_OPEN = CompiledQuery.raw("release savepoint job; savepoint job");

/**
 * One savepoint after another in a transaction: what a job did can be undone until the next one begins. The
 * last is released by the commit. Where a statement is a round trip, the release of one and the opening of
 * the next are a single one.
 */
export class Savepoints {
  readonly #db: Kysely<Database>;
  readonly #isRemote: boolean;
  #isOpen = false;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#isRemote = flavour.locksRows;
  }

  /** Keeps what was done so far, and begins what `undo` would undo. */
  async next(): Promise<void> {
    if (!this.#isOpen) {
      this.#isOpen = true;
      await this.#db.executeQuery(OPEN);
    } else if (this.#isRemote) {
      await this.#db.executeQuery(RELEASE_AND_OPEN);
    } else {
      await this.#db.executeQuery(RELEASE);
      await this.#db.executeQuery(OPEN);
    }
  }

  /** Undoes everything since `next`. */
  async undo(): Promise<void> {
    await this.#db.executeQuery(UNDO);
  }
}
