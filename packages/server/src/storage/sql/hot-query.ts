import type { Compilable, CompiledQuery, Kysely } from "kysely";
import { invariant } from "../../core/errors.ts";
import type { Database } from "./schema.ts";

/**
 * A query on the hot path: its text is built once per kind of database and then run with other values.
 * Building the text each time took longer than SQLite took to run it (0.19 of the raw driver's speed, against
 * 0.77).
 */
export class HotQuery<Row> {
  readonly #build: (db: Kysely<Database>) => Compilable<Row>;
  /** By the class of the dialect's adapter: every connection to one kind of database shares it. */
  readonly #compiled = new Map<unknown, CompiledQuery<Row>>();

  /**
   * `build` writes any values where the parameters go; their order in the text is the order that `run` takes
   * them in.
   */
  constructor(build: (db: Kysely<Database>) => Compilable<Row>) {
    this.#build = build;
  }

  async run(db: Kysely<Database>, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await db.executeQuery(this.#for(db, parameters));
    return rows;
  }

  async first(db: Kysely<Database>, parameters: readonly unknown[]): Promise<Row | undefined> {
    return (await this.run(db, parameters))[0];
  }

  /** How many rows it changed. */
  async change(db: Kysely<Database>, parameters: readonly unknown[]): Promise<number> {
    const { numAffectedRows } = await db.executeQuery(this.#for(db, parameters));
    return Number(numAffectedRows ?? 0);
  }

  #for(db: Kysely<Database>, parameters: readonly unknown[]): CompiledQuery<Row> {
    const kind = db.getExecutor().adapter.constructor;
    let compiled = this.#compiled.get(kind);
    if (!compiled) {
      compiled = this.#build(db).compile();
      this.#compiled.set(kind, compiled);
    }
    invariant(
      compiled.parameters.length === parameters.length,
      "a hot query is given a value for each parameter",
    );
    return { ...compiled, parameters };
  }
}
