import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type pg from "pg";
import type { NamedQuery } from "../sql/batch/sent-statements.ts";

/**
 * Kysely over one connection that somebody else has taken from the pool. Unlike Kysely's own transactions it
 * sends a statement without waiting for the answer to the one before.
 */
export class ClientDialect implements Dialect {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  createDriver(): Driver {
    const connection = new ClientConnection(this.#client);
    const refuse = () => Promise.reject(new Error("the connection is in a transaction"));
    return {
      init: () => Promise.resolve(),
      acquireConnection: () => Promise.resolve(connection),
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      releaseConnection: () => Promise.resolve(),
      destroy: () => Promise.resolve(),
    };
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createIntrospector(): DatabaseIntrospector {
    throw new Error("the schema is read by the pool");
  }
}

class ClientConnection implements DatabaseConnection {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async executeQuery<Row>(query: CompiledQuery & Partial<NamedQuery>): Promise<QueryResult<Row>> {
    const values = [...query.parameters];
    const { command, rowCount, rows } = await (query.statement === undefined
      ? this.#client.query(query.sql, values)
      : this.#client.query({ name: query.statement, text: query.sql, values }));
    // Two statements in one message have two results, which nobody reads.
    const isChange = command !== "SELECT" && typeof rowCount === "number";
    return { rows: (rows ?? []) as Row[], ...(isChange ? { numAffectedRows: BigInt(rowCount) } : {}) };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("a transaction reads whole results only");
  }
}
