import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { isKnownPower } from "../sql/ends/power-rows.ts";
import { TABLE_DECISIONS } from "../sql/ends/table-decisions.ts";
import { openNative } from "../sqlite/driver.ts";

let hub: Harness;
let columns: readonly { readonly table: string; readonly column: string }[];

beforeAll(async () => {
  hub = await createHarness();
  const database = openNative(join(hub.directory, "mintmark.sqlite"));
  columns = database
    .prepare(
      `select one.name as "table", two.name as "column" from sqlite_master as one, pragma_table_info(one.name) as two
       where one.type = 'table' and one.name not like 'sqlite_%' and one.name not like 'kysely_%'`,
    )
    .all() as { table: string; column: string }[];
  database.close();
});

afterAll(() => hub.close());

// A table that nobody thought of would come back from a backup with rights that were taken away since.
test("a restore has decided about every table of the database", () => {
  const tables = new Set(columns.map(({ table }) => table));
  expect([...tables].toSorted()).toEqual(Object.keys(TABLE_DECISIONS).toSorted());
});

test("exactly the tables of power reach the ends log", () => {
  const power = Object.entries(TABLE_DECISIONS).filter(([, decision]) => decision === "power");
  const logged = columns.filter(({ table, column }) => isKnownPower({ table, by: column }));
  expect([...new Set(logged.map(({ table }) => table))].toSorted()).toEqual(
    power.map(([table]) => table).toSorted(),
  );
});
