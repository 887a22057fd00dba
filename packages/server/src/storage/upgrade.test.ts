import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../testing/harness.ts";
import { startPostgres, type TestPostgres } from "../testing/postgres.ts";
import { STORES } from "../testing/stores.ts";
import { openPostgresStore } from "./postgres/open.ts";
import { migrate } from "./sql/migrate.ts";
import { openNative, toKyselyDatabase } from "./sqlite/driver.ts";
import { openSqliteStore, SQLITE_FLAVOUR } from "./sqlite/open.ts";

type Cell = string | number | null | { readonly base64: string };

/**
 * What a hub of version 0.1.0 had in its database, made by that version; its master key is that of the
 * harness.
 */
interface Release {
  readonly secrets: Readonly<Record<string, string>>;
  readonly revoked: string;
  readonly expired: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, Cell>>[]>>;
}

const RELEASE = JSON.parse(
  readFileSync(new URL("fixtures/release-0.1.0.json", import.meta.url), "utf8"),
) as Release;
const LAST_MIGRATION = "0002-ordered-lists";
/** Accounts come before what refers to them. */
const TABLES = ["accounts", ...Object.keys(RELEASE.tables).filter((name) => name !== "accounts")];

describe.each(STORES)("an upgrade from version 0.1.0 on %s", (name) => {
  let folder: string;
  let postgres: TestPostgres | null = null;
  let url = "";
  let hub: Harness;
  const path = () => join(folder, "mintmark.sqlite");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-upgrade-"));
    if (name === "PostgreSQL") {
      postgres = await startPostgres();
      url = await postgres.createDatabase();
    }
    const old = openOld();
    await migrate(old, postgres === null ? SQLITE_FLAVOUR : POSTGRES, LAST_MIGRATION);
    // The migration brings rows of its own, which the data of the release hold too.
    await old.deleteFrom("grants").execute();
    await old.deleteFrom("audit_head").execute();
    for (const table of TABLES) {
      for (const row of RELEASE.tables[table] ?? []) {
        const cells = Object.entries(row).map(([column, cell]) => [column, readCell(cell)]);
        await old.insertInto(table).values(Object.fromEntries(cells)).execute();
      }
    }
    await old.destroy();
    hub = await createHarness({
      policy: { appTokenReveal: "always" },
      openStore: (_directory, clock) =>
        postgres === null ? openSqliteStore(path(), clock) : openPostgresStore(url, clock, () => undefined),
    });
    // The release stopped a minute after the harness's clock begins.
    hub.clock.advance({ minutes: 2 });
  });

  afterAll(async () => {
    await hub?.close();
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function openOld(): Kysely<Record<string, Record<string, unknown>>> {
    return new Kysely({
      dialect:
        postgres === null
          ? new SqliteDialect({ database: toKyselyDatabase(openNative(path())) })
          : new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
    });
  }

  const status = async (secret: string) =>
    (await hub.call({ url: "/api/mintmark/v1/session", bearer: secret })).statusCode;
  const verdict = async (token: string) => {
    const authorization = `Basic ${Buffer.from(`${RELEASE.client.id}:${RELEASE.client.secret}`).toString("base64")}`;
    const reply = await hub.call({
      method: "POST",
      url: "/oauth/introspect",
      headers: { authorization },
      form: { token },
    });
    return reply.json<{ active: boolean }>().active;
  };

  test("every secret is as good as it was, for the client that could ask", async () => {
    for (const kind of ["personal_token", "app_token", "hub_token", "platform_key", "instance_key"]) {
      expect(await verdict(RELEASE.secrets[kind] ?? ""), kind).toBe(true);
    }
    expect(await status(RELEASE.secrets["personal_token"] ?? "")).toBe(200);
    expect(await verdict(RELEASE.revoked)).toBe(false);
    expect(await verdict(RELEASE.expired)).toBe(false);
  });

  test("accounts, grants, collections and the audit log are there, and the chain is whole", async () => {
    const ada = await hub.hub.accounts.get("ada");
    expect(ada.grants).toHaveLength(4);
    expect((await hub.hub.accounts.get("eve")).role).toBe("auditor");
    const bearer = await hub.logIn("root");
    expect((await hub.hub.sessions.checkPassword("ada", PASSWORD, { address: null, agent: null })).id).toBe(
      ada.id,
    );
    const check = await hub.call({ url: "/api/mintmark/v1/audit/check", bearer });
    expect(check.json()).toMatchObject({ intact: true });
    const list = await hub.call({
      url: "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/versions/",
      headers: { authorization: `Token ${RELEASE.secrets["hub_token"]}` },
    });
    expect(list.statusCode, list.body).toBe(200);
    expect(list.body).toContain("1.0.0");
  });

  test("what was sealed opens, so tokens are still signed", async () => {
    const reply = await hub.call({
      method: "POST",
      url: "/auth/realms/redhat-external/protocol/openid-connect/token",
      form: {
        grant_type: "refresh_token",
        client_id: "cloud-services",
        refresh_token: RELEASE.secrets["offline_token"] ?? "",
      },
    });
    expect(reply.statusCode, reply.body).toBe(200);
  });

  // A node of an earlier version does not know what is frozen, so it would let it in.
  test.runIf(name === "PostgreSQL")("is refused while nodes of the earlier version run", async () => {
    const database = await (postgres as TestPostgres).createDatabase();
    const old = new Kysely<Record<string, Record<string, unknown>>>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database }) }),
    });
    await migrate(old, POSTGRES, LAST_MIGRATION);
    await old
      .insertInto("nodes")
      .values({ id: "a", url: "machine:1", started_at: 0, seen_at: Date.now() })
      .execute();
    await expect(openPostgresStore(database, { now: () => 0 }, () => undefined)).rejects.toThrow(
      /earlier version still run.*machine:1/,
    );
    await old.updateTable("nodes").set({ seen_at: 0 }).execute();
    await (await openPostgresStore(database, { now: () => 0 }, () => undefined)).close();
    await old.destroy();
  });
});

const POSTGRES = {
  bytes: "bytea",
  byCodePoint: 'collate "C"',
  placeholder: (position: number) => `$${position}`,
  locksRows: true,
  takesArrays: true,
  isRefusal: () => false,
  isUniqueViolation: () => false,
  isUnstorableText: () => false,
};

function readCell(cell: Cell): unknown {
  return cell !== null && typeof cell === "object" ? Buffer.from(cell.base64, "base64") : cell;
}
