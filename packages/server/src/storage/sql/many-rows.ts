import { CompiledQuery, type Kysely } from "kysely";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";

/**
 * Rows of one statement: few enough for every database's limit of parameters, and one text that stays
 * prepared.
 */
const ROWS_MAX = 250;

/**
 * Runs a statement over many rows, in as few round trips as the limit allows. Written by hand because a
 * builder would compile each row anew, and a batch of uses may hold a thousand. `types` are those of the
 * columns of `values`.
 */
export async function inRows<Item>(
  db: Kysely<Database>,
  flavour: SqlFlavour,
  items: readonly Item[],
  shape: {
    readonly types: readonly string[];
    readonly values: (item: Item) => readonly unknown[];
    readonly statement: (rows: string) => string;
  },
): Promise<void> {
  for (let from = 0; from < items.length; from += ROWS_MAX) {
    const chunk = items.slice(from, from + ROWS_MAX);
    const width = shape.types.length;
    const rows = chunk.map((_, row) => {
      const cells = shape.types.map((type, column) => flavour.placeholder(row * width + column + 1, type));
      return `(${cells.join(", ")})`;
    });
    await db.executeQuery(CompiledQuery.raw(shape.statement(rows.join(", ")), chunk.flatMap(shape.values)));
  }
}
