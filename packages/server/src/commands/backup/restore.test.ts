import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatScope } from "../../core/authority/scope.ts";
import { anonymousCaller } from "../../core/caller.ts";
import { ask } from "../../core/looked.ts";
import type { Store } from "../../core/store.ts";
import type { Clock } from "../../core/world.ts";
import { EndsFile } from "../../storage/ends-log/ends-file.ts";
import { openPostgresStore } from "../../storage/postgres/open.ts";
import { openSqliteStore } from "../../storage/sqlite/open.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { publishCollection } from "../../testing/publish-collection.ts";
import { runInProcess } from "../../testing/run-command.ts";
import { STORES } from "../../testing/stores.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const API = "/api/mintmark/v1";
const NEW_PASSWORD = "another long password";
/** Commands take the time of the machine; the hubs of these tests have clocks of their own. */
const LATER = { days: 3_650 };

describe.each(STORES)("restored on %s", (name) => {
  let folder: string;
  let postgres: TestPostgres | null = null;
  let sourceUrl: string | null = null;
  let source: Harness;
  let backup: string;
  let copyUrl: string | null = null;
  const log = () => join(folder, "ends.log");
  const kept: string[] = [];
  const revoked: string[] = [];
  const made: string[] = [];
  let narrowed: { secret: string; id: string };
  let frozen: { secret: string; id: string };
  let client: { clientId: string; clientSecret: string };
  let staleSession: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-restore-test-"));
    if (name === "PostgreSQL") {
      postgres = await startPostgres();
      sourceUrl = await postgres.createDatabase();
    }
    source = await createHarness({
      openStore: (directory, clock) => open(directory, sourceUrl, clock, log()),
    });
    await source.addUser("root", { role: "admin" });
    for (const user of ["ada", "bob", "eve"]) {
      await source.addUser(user, { grants: ["collection:*:*", "service:reports:read"] });
    }
    const collection = await publishCollection(source, "ada");
    expect(collection.bytes.length).toBeGreaterThan(0);
    for (let count = 0; count < 20; count += 1) {
      kept.push((await source.issue("ada", "personal_token")).secret);
    }
    const doomed = [];
    for (let count = 0; count < 100; count += 1) {
      doomed.push(await source.issue("ada", "app_token"));
    }
    revoked.push(...doomed.map(({ secret }) => secret));
    narrowed = await source.issue("eve", "personal_token", {
      scopes: ["service:reports:read", "collection:*:download"],
    });
    frozen = await source.issue("ada", "personal_token");
    const admin = await source.logIn("root");
    client = (await call("POST", "/oauth/clients", admin, {
      name: "reports",
      type: "confidential",
      scopes: ["hub:introspect:use"],
    })) as never;
    client = {
      clientId: (client as never as { client: { clientId: string } }).client.clientId,
      clientSecret: client.clientSecret,
    };
    staleSession = await source.logIn("bob");
    backup = join(folder, "backup.tar");
    copyUrl = await copyDatabase();
    expect((await run(["backup", "--to", backup], source.directory, sourceUrl)).notes).not.toContain(
      "mintmark-server",
    );
    for (const { id } of doomed) {
      await call("DELETE", `/credentials/${id}`, await adminBearer());
    }
    for (let count = 0; count < 100; count += 1) {
      made.push((await source.issue("ada", "personal_token")).secret);
    }
    const bearer = await adminBearer();
    await call("PATCH", `/credentials/${narrowed.id}`, bearer, { scopes: ["collection:*:download"] });
    await call("POST", `/credentials/${frozen.id}/freeze`, bearer, { reason: "looked odd" });
    await call("PATCH", "/users/bob", bearer, { disabled: true });
    await call("PUT", "/users/eve/grants", bearer, { grants: [] });
    await call("PATCH", "/users/ada", bearer, { displayName: "Ada" });
    await call("DELETE", `/oauth/clients/${client.clientId}`, bearer);
    await call("PATCH", "/users/root", bearer, { displayName: "Root" });
  });

  afterAll(async () => {
    await source?.close();
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function call(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    bearer: string,
    json?: unknown,
  ) {
    const reply = await source.call({ method, url: `${API}${path}`, bearer, ...(json ? { json } : {}) });
    expect(reply.statusCode, reply.body).toBeLessThan(300);
    return reply.body === "" ? null : (reply.json() as unknown);
  }

  const adminBearer = () => source.logIn("root");

  function open(directory: string, url: string | null, clock: Clock, ends?: string): Promise<Store> {
    const sink = ends === undefined ? undefined : new EndsFile(ends, () => undefined);
    return url === null
      ? openSqliteStore(join(directory, "mintmark.sqlite"), clock, { ends: sink })
      : openPostgresStore(url, clock, () => undefined, { ends: sink });
  }

  /** As `pg_dump` and `pg_restore` would; the hub must not have the database open meanwhile. */
  async function copyDatabase(): Promise<string | null> {
    if (postgres === null || sourceUrl === null) {
      return null;
    }
    const target = await postgres.createDatabase();
    await source.server.close();
    await copyInto(sourceUrl, target);
    await source.restart();
    return target;
  }

  function run(argv: readonly string[], directory: string, url: string | null) {
    return runInProcess(argv, {
      MINTMARK_DATA_DIR: directory,
      MINTMARK_MASTER_KEY: KEY,
      ...(url === null ? {} : { MINTMARK_DATABASE_URL: url }),
    });
  }

  let serial = 0;
  /** Restores into a new directory (and a database of its own) and starts a hub on it. */
  async function restored(...flags: readonly string[]): Promise<Harness> {
    serial += 1;
    const directory = join(folder, `restored-${serial}`);
    let url: string | null = null;
    if (postgres !== null && copyUrl !== null) {
      url = await postgres.createDatabase();
      await copyInto(copyUrl, url);
    }
    const { code, notes } = await run(["restore", "--from", backup, ...flags], directory, url);
    expect([code, notes]).toEqual([0, ""]);
    const hub = await createHarness({ openStore: (_own, clock) => open(directory, url, clock) });
    hub.clock.advance(LATER);
    return hub;
  }

  async function statusOf(hub: Harness, secret: string): Promise<number> {
    const introspected = await hub.call({ url: `${API}/session`, bearer: secret });
    return introspected.statusCode;
  }

  const verify = async (hub: Harness, secret: string) =>
    (await hub.call({ url: "/verify", headers: { authorization: `Bearer ${secret}` } })).statusCode;

  test("with its ends log: what was ended is dead, what was kept is good, what was made since is gone", async () => {
    const hub = await restored("--ends", log());
    for (const secret of kept) {
      expect(await statusOf(hub, secret)).toBe(200);
    }
    for (const secret of revoked) {
      expect(await verify(hub, secret)).toBe(401);
    }
    for (const secret of made) {
      expect(await statusOf(hub, secret)).toBe(401);
    }
    expect((await hub.call({ url: "/readyz" })).json()).toEqual({ status: "ok" });
    // Its reason and its moment are those of the lost hub.
    const ended = await hub.hub.credentials.list({
      ownerId: (await hub.hub.accounts.get("ada")).id,
      kind: "app_token",
      limit: 200,
    });
    expect(ended.map(({ end }) => end?.reason)).toEqual(Array(100).fill("revoked"));
    expect(await verify(hub, frozen.secret)).toBe(401);
    expect((await hub.hub.credentials.find(frozen.id))?.frozen).toMatchObject({ reason: "looked odd" });
    expect((await hub.hub.credentials.find(narrowed.id))?.scopes.map(formatScope)).toEqual([
      "collection:*:download",
    ]);
    expect((await hub.hub.accounts.get("bob")).disabled).toBe(true);
    expect((await hub.hub.accounts.get("eve")).grants).toEqual([]);
    expect(await ask(hub.hub.clients.find(client.clientId))).toBeNull();
    expect(await statusOf(hub, staleSession)).toBe(401);
    const admin = await hub.logIn("root");
    expect((await decide(hub, admin, "accept")).statusCode).toBe(409);
    const check = (await hub.call({ url: `${API}/audit/check`, bearer: admin })).json<{
      intact: boolean;
      gaps: { after: number; lostUpTo: number }[];
    }>();
    expect(check.intact).toBe(true);
    expect(check.gaps).toHaveLength(1);
    expect(check.gaps[0]?.lostUpTo).toBeGreaterThan(check.gaps[0]?.after ?? Number.POSITIVE_INFINITY);
    await hub.close();
  });

  const decide = (hub: Harness, bearer: string, choice: string) =>
    hub.call({ method: "POST", url: `${API}/restored`, bearer, json: { choice } });

  const introspectBy = (hub: Harness, { clientId, clientSecret }: typeof client, token: string) =>
    hub.call({
      method: "POST",
      url: "/oauth/introspect",
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
      form: { token },
    });

  test("without it nothing from before is good until an administrator accepts it", async () => {
    const hub = await restored();
    const [first = ""] = kept;
    expect((await hub.call({ url: "/readyz" })).body).toMatch(/restored.*decide/);
    expect(await statusOf(hub, first)).toBe(503);
    expect(await verify(hub, first)).toBe(503);
    expect(
      (
        await hub.call({
          url: "/v2/auth?service=mintmark-registry",
          headers: { authorization: `Basic ${Buffer.from(`ada:${revoked[0]}`).toString("base64")}` },
        })
      ).statusCode,
    ).toBe(503);
    expect(
      (await hub.call({ url: "/api/galaxy/v3/collections/", headers: { authorization: `Token ${first}` } }))
        .statusCode,
    ).toBe(503);
    expect((await introspectBy(hub, client, first)).statusCode).toBe(503);
    expect(await statusOf(hub, staleSession)).toBe(401);
    // A member who was disabled since the backup would come in with the old password.
    await expect(hub.logIn("bob")).rejects.toMatchObject({ code: "restored_undecided" });
    const admin = await hub.logIn("root");
    const fresh = await hub.issue("root", "personal_token");
    expect(await statusOf(hub, fresh.secret)).toBe(200);
    expect((await decide(hub, admin, "perhaps")).statusCode).toBe(400);

    expect((await decide(hub, admin, "accept")).json()).toMatchObject({ state: "decided", choice: "accept" });

    expect(await statusOf(hub, first)).toBe(200);
    expect((await hub.call({ url: "/readyz" })).json()).toEqual({ status: "ok" });
    expect((await decide(hub, admin, "accept")).statusCode).toBe(409);
    const events = await hub.hub.audit.list({ action: "restore.decide", limit: 10 });
    expect(events).toMatchObject([{ actor: "root", details: { choice: "accept" } }]);
    await hub.close();
  });

  test("a decision to freeze freezes everything from before, and nothing from after", async () => {
    const hub = await restored();
    const admin = await hub.logIn("root");
    const fresh = await hub.issue("root", "personal_token");

    const reply = await decide(hub, admin, "freeze");

    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.headers["x-mintmark-applied"]).toBe("1/1");
    for (const secret of kept) {
      expect(await statusOf(hub, secret)).toBe(401);
    }
    expect(await statusOf(hub, fresh.secret)).toBe(200);
    await hub.restart();
    hub.clock.advance({ days: 1 });
    expect(await statusOf(hub, kept[0] ?? "")).toBe(401);
    await hub.close();
  });

  test("with the ends log a changed password is the new one", async () => {
    await source.hub.accounts.update(
      "root",
      { password: NEW_PASSWORD },
      anonymousCaller({ address: null, agent: null }),
    );
    const hub = await restored("--ends", log());
    const origin = { address: "192.0.2.1", agent: "test" };
    await expect(hub.hub.sessions.open("root", PASSWORD, origin)).rejects.toMatchObject({
      code: "invalid_login",
    });
    expect((await hub.hub.sessions.open("root", NEW_PASSWORD, origin)).account.username).toBe("root");
    await hub.close();
  });

  test("a torn last line counts as not written", async () => {
    const torn = join(folder, "torn.log");
    writeFileSync(torn, readFileSync(log()).subarray(0, -20));
    const hub = await restored("--ends", torn);
    expect(await verify(hub, revoked[0] ?? "")).toBe(401);
    await hub.close();
  });

  test.each([
    ["with a hole", (lines: string[]) => lines.toSpliced(lines.length - 3, 1)],
    [
      "whose record was changed",
      (lines: string[]) =>
        lines.map((line, at) => (at === lines.length - 3 ? line.replace('"at":', '"at":1') : line)),
    ],
    [
      "whose last record was changed",
      (lines: string[]) =>
        lines.map((line, at) => (at === lines.length - 1 ? line.replace('"at":', '"at":1') : line)),
    ],
    ["that begins after the backup", (lines: string[]) => lines.slice(-3)],
    [
      "of another hub",
      (lines: string[]) => lines.map((line) => line.replace(/"log":"[0-9a-f]{4}/, '"log":"0000')),
    ],
    ["that is empty", () => []],
  ])("a log %s is refused with 65, and nothing is restored", async (_what, spoil) => {
    const spoilt = join(folder, "spoilt.log");
    const lines = spoil(readFileSync(log(), "utf8").trimEnd().split("\n"));
    writeFileSync(spoilt, lines.map((line) => `${line}\n`).join(""));
    const directory = join(folder, "refused");
    const url = postgres === null ? null : await postgres.createDatabase();
    if (url !== null && copyUrl !== null) {
      await copyInto(copyUrl, url);
    }
    const { code } = await run(["restore", "--from", backup, "--ends", spoilt], directory, url);
    expect(code).toBe(65);
    expect(existsSync(directory)).toBe(false);
  });
});

async function copyInto(from: string, target: string): Promise<void> {
  const name = (url: string) => new URL(url).pathname.slice(1);
  const client = new pg.Client({
    connectionString: Object.assign(new URL(target), { pathname: "/postgres" }).href,
  });
  await client.connect();
  await client.query(`drop database ${name(target)}`);
  await client.query(`create database ${name(target)} template ${name(from)}`);
  await client.end();
}

describe("a restore", () => {
  let folder: string;
  let backup: string;
  let hub: Harness;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-restore-refusals-"));
    hub = await createHarness();
    backup = join(folder, "backup.tar");
    await runInProcess(["backup", "--to", backup], { MINTMARK_DATA_DIR: hub.directory });
  });

  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const restoreInto = (directory: string, env: Record<string, string> = { MINTMARK_MASTER_KEY: KEY }) =>
    runInProcess(["restore", "--from", backup, "--data-dir", directory], env);

  test("refuses a directory that is not empty with 73 and leaves it as it is", async () => {
    const taken = mkdtempSync(join(folder, "taken-"));
    writeFileSync(join(taken, "letters"), "somebody's");
    expect((await restoreInto(taken)).code).toBe(73);
    expect(readdirSync(taken)).toEqual(["letters"]);
  });

  test("refuses a wrong or missing master key with 78 before anything is written", async () => {
    const target = join(folder, "wrong-key");
    const wrong = { MINTMARK_MASTER_KEY: Buffer.alloc(32, 8).toString("base64") };
    expect((await restoreInto(target, wrong)).code).toBe(78);
    expect((await restoreInto(target, {})).code).toBe(78);
    expect(existsSync(target)).toBe(false);
  });

  test("that fails leaves the directory empty", async () => {
    const target = mkdtempSync(join(folder, "empty-"));
    const whole = readFileSync(backup);
    writeFileSync(backup, whole.subarray(0, whole.length - 3000));
    expect((await restoreInto(target)).code).toBe(65);
    writeFileSync(backup, whole);
    expect(readdirSync(target)).toEqual([]);
  });
});
