import { CompiledQuery, type Kysely } from "kysely";
import { nextTurn } from "../../core/turn.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";

/**
 * Rows of one statement: few enough for every database's limit of parameters, and few sizes, so that the
 * statements of all of them stay prepared.
 */
const SIZES = [256, 64, 16, 4, 2, 1] as const;

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
  for (let from = 0; from < items.length; ) {
    const left = items.length - from;
    const chunk = items.slice(from, from + (SIZES.find((size) => size <= left) ?? left));
    from += chunk.length;
    const rows = placeholders(flavour, shape.types, chunk.length);
    await db.executeQuery(CompiledQuery.raw(shape.statement(rows), chunk.flatMap(shape.values)));
    if (chunk.length === SIZES[0]) {
      await nextTurn();
    }
  }
}

/** The placeholders of so many rows; there are few sizes and few lists of types, so each is written once. */
const written = new WeakMap<SqlFlavour, Map<string, string>>();

function placeholders(flavour: SqlFlavour, types: readonly string[], count: number): string {
  const known = written.get(flavour) ?? new Map<string, string>();
  written.set(flavour, known);
  const key = `${count} ${types.join()}`;
  const text =
    known.get(key) ??
    Array.from({ length: count }, (_, row) => {
      const cells = types.map((type, column) => flavour.placeholder(row * types.length + column + 1, type));
      return `(${cells.join(", ")})`;
    }).join(", ");
  known.set(key, text);
  return text;
}
