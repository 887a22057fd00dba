import { CompiledQuery } from "kysely";
import type { SentStatements } from "./batch/sent-statements.ts";
import type { SqlFlavour } from "./flavour.ts";

const OPEN = CompiledQuery.raw("savepoint job");
const RELEASE = CompiledQuery.raw("release savepoint job");
const RELEASE_AND_OPEN = CompiledQuery.raw("release savepoint job; savepoint job");

/**
 * One savepoint after another in a transaction: what a job did can be undone until the next one begins. The
 * last is released by the commit. Where a statement is a round trip, the release of one and the opening of
 * the next are a single one.
 */
export class Savepoints {
  readonly #statements: SentStatements;
  readonly #isRemote: boolean;
  #isOpen = false;

  constructor(statements: SentStatements, flavour: SqlFlavour) {
    this.#statements = statements;
    this.#isRemote = flavour.locksRows;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Keeps what was done so far, and begins what a rollback to the savepoint would undo. */
  async next(): Promise<void> {
    if (!this.#isOpen) {
      this.#isOpen = true;
      await this.#statements.send(OPEN);
    } else if (this.#isRemote) {
      await this.#statements.send(RELEASE_AND_OPEN);
    } else {
      await this.#statements.send(RELEASE);
      await this.#statements.send(OPEN);
    }
  }
}
