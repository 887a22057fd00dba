import type { CompiledQuery, Kysely, QueryResult } from "kysely";
import type { Database } from "../schema.ts";

/** A statement that PostgreSQL prepares once for each connection. The name stands for one text. */
export interface NamedQuery extends CompiledQuery {
  readonly statement: string;
}

/**
 * The statements of one transaction that nobody waits for before the commit. A remote database gets them one
 * behind another; where a statement is a function call, it is waited for. A failure fails the transaction,
 * even if a savepoint was undone since.
 */
export class SentStatements {
  readonly #db: Kysely<Database>;
  readonly #isRemote: boolean;
  readonly #answers: Promise<unknown>[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(db: Kysely<Database>, isRemote: boolean) {
    this.#db = db;
    this.#isRemote = isRemote;
  }

  /** `check` throws if the result is not as expected. */
  async send(query: CompiledQuery, check?: (result: QueryResult<unknown>) => void): Promise<void> {
    const answer = this.#db.executeQuery(query).then(check);
    const noted = answer.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    if (this.#isRemote) {
      this.#answers.push(answer);
    } else {
      await noted;
      this.requireSound();
    }
  }

  /** Throws the failure of an earlier statement, as far as it is known. */
  requireSound(): void {
    if (this.#failure) {
      throw this.#failure.error;
    }
  }

  /** The answers that have not been waited for. */
  get answers(): readonly Promise<unknown>[] {
    return this.#answers;
  }
}
