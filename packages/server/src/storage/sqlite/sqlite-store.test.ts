import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { storeContract } from "../contract.ts";
import { NewerSchemaError } from "../sql/migrate.ts";
import { openNative } from "./driver.ts";
import { openSqliteStore } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "mintmark-sqlite-"));
let serial = 0;
const path = () => join(folder, `${serial}.sqlite`);
const clock = { now: () => 0 };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("SQLite", () => {
  storeContract({
    open: (given) => openSqliteStore(path(), given),
    shared: false,
    reset: async () => {
      serial += 1;
    },
  });

  test("a schema that a newer version made is refused, not guessed at", async () => {
    serial += 1;
    await (await openSqliteStore(path(), clock)).close();
    const native = openNative(path());
    native.exec("insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030-01-01')");
    native.close();

    await expect(openSqliteStore(path(), clock)).rejects.toThrow(NewerSchemaError);
  });

  // A revocation that power loss undoes is a credential that lives again.
  test("commits wait for the disk", async () => {
    serial += 1;
    await (await openSqliteStore(path(), clock)).close();
    const native = openNative(path());
    native.exec("pragma synchronous = full");
    expect(native.prepare("pragma synchronous").all()).toMatchObject([{ synchronous: 2 }]);
    expect(native.prepare("pragma journal_mode").all()).toMatchObject([{ journal_mode: "wal" }]);
    native.close();
  });
});
