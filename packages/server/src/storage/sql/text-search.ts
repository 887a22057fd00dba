import { type ExpressionBuilder, sql } from "kysely";
import type { SqlFlavour } from "./flavour.ts";

/** One of the columns holds the text, whatever the case of ASCII letters. */
export function holdsText<DB, TB extends keyof DB>(
  row: ExpressionBuilder<DB, TB>,
  columns: readonly string[],
  text: string,
  { byCodePoint }: SqlFlavour,
) {
  const lower = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const pattern = `%${lower.replace(/[\\%_]/g, "\\$&")}%`;
  return row.or(
    columns.map(
      (column) => sql<boolean>`lower(${sql.ref(column)} ${sql.raw(byCodePoint)}) like ${pattern} escape '\\'`,
    ),
  );
}
