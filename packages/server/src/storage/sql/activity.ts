import { type Kysely, sql } from "kysely";
import type { ActivityCount, ActivitySpan, ActivityWrites } from "../../core/activity/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import { inRows } from "./many-rows.ts";
import type { Database } from "./schema.ts";

export class SqlActivity implements ActivityWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async since(span: ActivitySpan, from: number): Promise<readonly ActivityCount[]> {
    const rows = await this.#db
      .selectFrom("activity_counts")
      .selectAll()
      .where("span", "=", span)
      .where("number", ">=", from)
      .orderBy("number")
      .orderBy("name")
      .execute();
    return rows.map(({ number, name, count }) => ({ span, number, name, count }));
  }

  async add(counts: readonly ActivityCount[]): Promise<void> {
    await inRows(this.#db, this.#flavour, counts, {
      types: ["text", "integer", "text", "bigint"],
      values: ({ span, number, name, count }) => [span, number, name, count],
      statement: (rows) => `insert into activity_counts (span, number, name, count) values ${rows}
        on conflict (span, number, name) do update set count = activity_counts.count + excluded.count`,
    });
  }

  async purgeBefore(span: ActivitySpan, number: number, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`delete from activity_counts where (span, number, name) in
      (select span, number, name from activity_counts where span = ${span} and number < ${number}
        limit ${limit})`.execute(this.#db);
    return Number(numAffectedRows ?? 0);
  }
}
