import { CompiledQuery } from "kysely";
import type { NamedQuery } from "./sent-statements.ts";

/** The type of each column in a set of rows, in order. */
type SetColumns = Readonly<Record<string, "text" | "bigint" | "bytea">>;

/**
 * A statement over any number of rows, whose text is always the same: each column is one array. `statement`
 * gets a query for the rows. For databases that take arrays.
 */
export function setOf(
  name: string,
  shape: { readonly columns: SetColumns; readonly statement: (rows: string) => string },
): (rows: readonly (readonly unknown[])[]) => NamedQuery {
  const names = Object.keys(shape.columns);
  const arrays = Object.values(shape.columns).map((type, at) => `$${at + 1}::${type}[]`);
  const rowsText = `select * from unnest(${arrays.join(", ")}) as given(${names.join(", ")})`;
  const text = shape.statement(rowsText);
  return (rows) => ({
    ...CompiledQuery.raw(
      text,
      names.map((_, column) => rows.map((row) => row[column])),
    ),
    statement: name,
  });
}

/** A statement with a fixed text that a database prepares once under this name. */
export function namedQuery(name: string, text: string): (parameters: readonly unknown[]) => NamedQuery {
  return (parameters) => ({ ...CompiledQuery.raw(text, [...parameters]), statement: name });
}
