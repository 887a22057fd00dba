import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompiledQuery, Kysely, Migrator, SqliteDialect, sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { formatScope } from "../../core/authority/scope.ts";
import type { Store } from "../../core/store.ts";
import { storeContract } from "../contract.ts";
import { SqlCredentials } from "../sql/credentials.ts";
import { beginning } from "../sql/migrations/0001-beginning.ts";
import type { Database } from "../sql/schema.ts";
import { openDatabaseFile } from "./database-file.ts";
import { openNative, toKyselyDatabase } from "./driver.ts";
import { openSqliteStore, SQLITE_FLAVOUR } from "./open.ts";

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

    await expect(openSqliteStore(path(), clock)).rejects.toThrow(/9999-tomorrow.*newer Mintmark/);
  });

  test("a file of the first release gets what is new, and keeps what it has", async () => {
    serial += 1;
    await (await openSqliteStore(path(), clock)).close();
    const whole = indexesOf(path());
    serial += 1;
    await makeFirstRelease(path());

    const store = await openSqliteStore(path(), clock);

    expect(await store.read.settings.get("kept")).toBe("yes");
    await store.close();
    expect(indexesOf(path())).toEqual(whole);
  });

  // Until then every confidential client could introspect; an update must not lock services out, nor let new
  // ones in.
  test("confidential clients of an earlier release keep the right to introspect", async () => {
    serial += 1;
    await makeFirstRelease(path(), async (db) => {
      for (const [id, type, scopes] of [
        ["service", "confidential", '["collection:*:download"]'],
        ["held", "confidential", '["hub:introspect:use"]'],
        ["app", "public", "[]"],
      ] as const) {
        await sql`insert into oauth_clients (id, name, type, scopes, redirect_uris, implicit, created_at)
          values (${id}, ${id}, ${type}, ${scopes}, '[]', 0, 1)`.execute(db);
      }
    });

    const store = await openSqliteStore(path(), clock);

    const held = (await store.read.clients.list()).map(({ id, scopes }) => [id, scopes.map(formatScope)]);
    expect(Object.fromEntries(held)).toEqual({
      service: ["collection:*:download", "hub:introspect:use"],
      held: ["hub:introspect:use"],
      app: [],
    });
    await store.close();
  });

  // Without its index each batch of uses would read the whole table: with a million rows nothing else would
  // come to its turn.
  test("a batch of uses finds its credentials by their index", async () => {
    serial += 1;
    await (await openSqliteStore(path(), clock)).close();
    const native = openNative(path());
    const sent: CompiledQuery[] = [];
    const db = new Kysely<Database>({
      dialect: new SqliteDialect({ database: toKyselyDatabase(native) }),
      log: ({ query }) => {
        sent.push(query);
      },
    });
    const use = { at: 1, address: null, agent: null };
    await new SqlCredentials(db, SQLITE_FLAVOUR).recordUses([
      { id: "a", use },
      { id: "b", use },
    ]);

    const [{ sql, parameters } = { sql: "", parameters: [] }] = sent;
    const plan = native.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[];
    const steps = plan.map(({ detail }) => detail).filter((detail) => detail.includes("credentials"));
    expect(steps).toEqual([expect.stringMatching(/^SEARCH credentials USING .*\(id=\?\)/)]);
    await db.destroy();
  });

  test("a large file is checked only where its last user did not close it in good order", async () => {
    serial += 1;
    await (await openSqliteStore(path(), clock)).close();
    const native = openNative(path());
    native.exec("create table filling (bytes blob)");
    native.exec("insert into filling values (zeroblob(70000000))");
    native.prepare("pragma wal_checkpoint(truncate)").all();
    native.close();
    const bytes = readFileSync(path());
    const page = 4096;
    bytes.fill(0xff, bytes.length - 40 * page, bytes.length - 20 * page);
    writeFileSync(path(), bytes);

    await (await openSqliteStore(path(), clock)).close();
    writeFileSync(`${path()}-wal`, "left behind");
    await expect(openSqliteStore(path(), clock)).rejects.toThrow(/is damaged/);

    // A server is not kept from serving until the whole file is read, but told.
    writeFileSync(`${path()}-wal`, "left behind");
    let store: Store | null = null;
    const damage = await new Promise<Error>((onDamage) => {
      void openSqliteStore(path(), clock, { onDamage }).then((opened) => {
        store = opened;
      });
    });
    expect(damage.message).toMatch(/is damaged .*backup/);
    await (store as Store | null)?.close();
  });

  // A revocation that power loss undoes is a credential that lives again.
  test("commits wait for the disk, on a new file and on an old one", () => {
    serial += 1;
    for (const isNew of [true, false]) {
      const file = openDatabaseFile(path(), { isNew, check: !isNew });
      // 2 is FULL.
      expect(file.prepare("pragma synchronous").all()).toMatchObject([{ synchronous: 2 }]);
      expect(file.prepare("pragma journal_mode").all()).toMatchObject([{ journal_mode: "wal" }]);
      expect(file.prepare("pragma foreign_keys").all()).toMatchObject([{ foreign_keys: 1 }]);
      file.close();
    }
  });

  test("the file is its owner's alone, and so are the files next to it", async () => {
    serial += 1;
    const store = await openSqliteStore(path(), clock);
    await store.write((writes) => writes.settings.set("a", "1"));

    for (const suffix of ["", "-wal", "-shm"]) {
      expect(statSync(path() + suffix).mode & 0o777, suffix).toBe(0o600);
    }
    await store.close();
  });

  test("a file whose pages are damaged is refused and left as it is", async () => {
    serial += 1;
    const store = await openSqliteStore(path(), clock);
    for (let count = 0; count < 200; count += 1) {
      await store.write((writes) => writes.settings.set(`name ${count}`, "x".repeat(500)));
    }
    await store.close();
    const bytes = readFileSync(path());
    // Not the header and the schema, which any database would notice, but the pages of rows.
    bytes.fill(0xa5, 40 * 4096, 48 * 4096);
    writeFileSync(path(), bytes);

    await expect(openSqliteStore(path(), clock)).rejects.toThrow(/is damaged .*backup/);
    expect(readFileSync(path()).equals(bytes)).toBe(true);
  });

  test("a file that is no database is refused", async () => {
    serial += 1;
    writeFileSync(path(), "somebody's letters, not a database\n".repeat(1000));
    await expect(openSqliteStore(path(), clock)).rejects.toThrow(/is damaged .*not a database/);
    expect(readFileSync(path(), "utf8").startsWith("somebody's letters")).toBe(true);
  });
});

function indexesOf(file: string): unknown {
  const native = openNative(file);
  const rows = native.prepare("select name, sql from sqlite_master where type = 'index' order by name").all();
  native.close();
  return rows;
}

/** A database as the first release left it, with a setting in it. */
async function makeFirstRelease(
  file: string,
  fill: (db: Kysely<Database>) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const native = openNative(file);
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: toKyselyDatabase(native) }) });
  const up = (target: Kysely<unknown>) => beginning(target, SQLITE_FLAVOUR);
  const provider = { getMigrations: () => Promise.resolve({ "0001-beginning": { up } }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  expect(error).toBeUndefined();
  await db.insertInto("settings").values({ name: "kept", value: "yes" }).execute();
  await fill(db);
  await db.destroy();
}
