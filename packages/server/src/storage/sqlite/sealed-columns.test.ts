import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SEALED_COLUMNS } from "../sql/key-versions.ts";
import { openNative } from "./driver.ts";
import { openSqliteStore } from "./open.ts";

// A sealed value that the rotation of the master key does not know could not be opened after the old key is
// retired.
test("every column that holds sealed values moves to a new master key", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-sealed-"));
  const path = join(folder, "mintmark.sqlite");
  await (await openSqliteStore(path, { now: () => 0 })).close();
  const native = openNative(path);
  const columns = native
    .prepare(
      "select m.name || '.' || c.name as name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and c.name like 'sealed_%' order by 1",
    )
    .all() as { name: string }[];
  native.close();
  rmSync(folder, { recursive: true, force: true });
  const known = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort();
  expect(known).toEqual(columns.map(({ name }) => name));
});
