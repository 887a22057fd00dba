import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { collectionsContract } from "../contract-collections.ts";
import { openSqliteStore } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "mintmark-sqlite-"));
let serial = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("SQLite", () => {
  collectionsContract(() => {
    serial += 1;
    return openSqliteStore(join(folder, `${serial}.sqlite`), { now: () => Date.now() });
  });
});
