import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suspendAccount } from "../../core/provider/suspension.ts";
import type { Store } from "../../core/store.ts";
import type { Clock } from "../../core/world.ts";
import { EndsFile } from "../../storage/ends-log/ends-file.ts";
import { openPostgresStore } from "../../storage/postgres/open.ts";
import { openSqliteStore } from "../../storage/sqlite/open.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { runInProcess } from "../../testing/run-command.ts";
import { STORES } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const KEY = Buffer.alloc(32, 7).toString("base64");
const ISSUER = "https://login.example.com";

/** Everything that decides what somebody may do, as an administrator reads it. */
const VIEWS = [
  "/users/ada",
  "/users/ben",
  "/users/cora",
  "/users/dan",
  "/users/ada/grants",
  "/users/ben/grants",
  "/grants/authenticated",
  "/grants/anonymous",
  "/teams/crew",
  "/teams/gone",
  "/teams/again",
  "/services/nightly",
  "/services/nightly/grants",
  "/services/retired",
  "/services/crew+builder",
  "/services/crew+idler",
  "/instances",
  "/oauth/clients",
  "/webhooks",
  "/credentials?limit=200&owner=ada",
  "/credentials?limit=200&owner=ada&state=revoked",
] as const;

/** Those that the changes delete; all others answer. */
const GONE: readonly string[] = ["/teams/gone", "/services/retired", "/services/crew+idler", "/users/dan"];

/** What changes without anybody's doing, or is counted from a clock. */
const VOLATILE = new Set(["lastUsed", "lastUsedAt", "lastDelivery", "daysLeft"]);

describe.each(STORES)("every kind of power on %s", (name) => {
  let folder: string;
  let postgres: TestPostgres | null = null;
  let url: string | null = null;
  let copyUrl: string | null = null;
  let source: Harness;
  let restored: Harness;
  let lost: Map<string, unknown>;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-power-"));
    if (name === "PostgreSQL") {
      postgres = await startPostgres();
      url = await postgres.createDatabase();
    }
    source = await createHarness({
      openStore: (directory, clock) => open(directory, url, clock, new EndsFile(log(), () => undefined)),
    });
    await prepare();
    const backup = join(folder, "backup.tar");
    copyUrl = await copyDatabase();
    expect((await run(["backup", "--to", backup], source.directory, url)).code).toBe(0);
    await takeAway();
    lost = await viewsOf(source);
    const directory = join(folder, "restored");
    const { code, notes } = await run(["restore", "--from", backup, "--ends", log()], directory, copyUrl);
    expect([code, notes]).toEqual([0, ""]);
    restored = await createHarness({
      clock: source.clock,
      openStore: (_own, clock) => open(directory, copyUrl, clock),
    });
  });

  afterAll(async () => {
    await source?.close();
    await restored?.close();
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const log = () => join(folder, "ends.log");

  function open(directory: string, at: string | null, clock: Clock, ends?: EndsFile): Promise<Store> {
    return at === null
      ? openSqliteStore(join(directory, "mintmark.sqlite"), clock, { ends })
      : openPostgresStore(at, clock, () => undefined, { ends });
  }

  /** As `pg_dump` and `pg_restore` would. */
  async function copyDatabase(): Promise<string | null> {
    if (postgres === null || url === null) {
      return null;
    }
    const target = await postgres.createDatabase();
    const nameOf = (text: string) => new URL(text).pathname.slice(1);
    await source.server.close();
    const client = new pg.Client({
      connectionString: Object.assign(new URL(target), { pathname: "/postgres" }).href,
    });
    await client.connect();
    await client.query(`drop database ${nameOf(target)}`);
    await client.query(`create database ${nameOf(target)} template ${nameOf(url)}`);
    await client.end();
    await source.restart();
    return target;
  }

  function run(argv: readonly string[], directory: string, at: string | null) {
    return runInProcess(argv, {
      MINTMARK_DATA_DIR: directory,
      MINTMARK_MASTER_KEY: KEY,
      ...(at === null ? {} : { MINTMARK_DATABASE_URL: at }),
    });
  }

  async function call<Answer = Record<string, never>>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    json?: unknown,
    who = "root",
  ): Promise<Answer> {
    const reply = await source.call({
      method,
      url: path.startsWith("/api/") ? path : `${API}${path}`,
      bearer: await source.logIn(who),
      ...(json === undefined ? {} : { json }),
    });
    expect(reply.statusCode, `${method} ${path}: ${reply.body}`).toBeLessThan(300);
    return (reply.body === "" ? null : reply.json()) as Answer;
  }

  async function viewsOf(hub: Harness): Promise<Map<string, unknown>> {
    const bearer = await hub.logIn("root");
    const views = new Map<string, unknown>();
    for (const path of VIEWS) {
      const reply = await hub.call({ url: `${API}${path}`, bearer });
      views.set(path, reply.statusCode === 200 ? withoutVolatile(reply.json()) : reply.statusCode);
    }
    return views;
  }

  const link = (username: string, subject: string) =>
    source.context.store.write(async (writes) => {
      const account = await writes.accounts.findByUsername(username);
      const accountId = account?.id ?? "";
      await writes.links.put({
        accountId,
        provider: "oidc",
        issuer: ISSUER,
        subject,
        sealedRefresh: null,
        checkedAt: 0,
        failures: 0,
      });
      writes.announce({ of: "account", accountId });
    });

  async function prepare(): Promise<void> {
    await source.addUser("root", { role: "admin" });
    for (const user of ["ada", "ben", "cora", "dan", "eve"]) {
      await source.addUser(user, { role: user === "ben" ? "auditor" : "member", grants: ["collection:*:*"] });
    }
    for (const team of ["crew", "gone", "again"]) {
      await call("POST", "/teams", {
        name: team,
        externalGroup: `x-${team}`,
        grants: ["repository:acme/*:*"],
      });
      for (const member of ["ada", "ben", "dan"]) {
        await call("PUT", `/teams/${team}/members/${member}`);
      }
    }
    for (const service of ["nightly", "retired"]) {
      await call("POST", "/services", { name: service, stewards: ["ada", "ben"] });
      await call("PUT", `/services/${service}/grants`, { grants: ["collection:*:download"] });
    }
    await call("POST", "/services/nightly/client", undefined, "ada");
    for (const robot of ["builder", "idler"]) {
      await call("PUT", `/api/v1/organization/crew/robots/${robot}`, { description: "" }, "ada");
    }
    for (const instance of ["data", "old"]) {
      await call("POST", "/instances", { id: instance, displayName: instance });
    }
    await call("PUT", "/users/ada/grants", { grants: ["collection:*:*", "service:old:*", "service:data:*"] });
    await call("PUT", "/grants/authenticated", { grants: ["collection:acme.*:download"] });
    await call("PUT", "/grants/anonymous", { grants: ["collection:acme.public:download"] });
    for (const client of ["reports", "doomed"]) {
      const made = await call<{ client: { clientId: string } }>("POST", "/oauth/clients", {
        name: client,
        type: "confidential",
        scopes: ["hub:introspect:use"],
      });
      ids[client] = made.client.clientId;
    }
    for (const path of ["kept", "doomed"]) {
      const made = await call<{ webhook: { id: string } } & { id: string }>("POST", "/webhooks", {
        url: `https://hooks.example.com/${path}`,
        events: ["*"],
      });
      ids[`hook-${path}`] = made.webhook?.id ?? made.id;
    }
    for (const title of ["revoked", "frozen", "thawed", "narrowed", "addresses", "shortened", "kept"]) {
      ids[title] = (await source.issue("ada", "personal_token", { title })).id;
    }
    await call("POST", `/credentials/${ids["thawed"]}/freeze`, { reason: "odd" });
    await link("cora", "before");
  }

  /** One change of each kind between the backup and the disaster; some also give, to what existed before. */
  async function takeAway(): Promise<void> {
    await call("DELETE", `/credentials/${ids["revoked"]}`);
    await call("POST", `/credentials/${ids["frozen"]}/freeze`, { reason: "looked odd" });
    await call("POST", `/credentials/${ids["thawed"]}/thaw`);
    await call("PATCH", `/credentials/${ids["narrowed"]}`, { scopes: ["collection:acme.tools:download"] });
    await call("PATCH", `/credentials/${ids["addresses"]}`, { addresses: ["192.0.2.0/24"] });
    await call("PATCH", `/credentials/${ids["shortened"]}`, {
      expiresAt: new Date(source.clock.now() + 3_600_000),
    });
    await call("PUT", "/users/ben/grants", { grants: ["collection:acme.tools:download"] });
    await call("PATCH", "/users/ben", { role: "member" });
    await call("DELETE", "/users/dan");
    await call("DELETE", "/teams/crew/members/ben");
    await call("PATCH", "/teams/crew", { grants: ["repository:acme/app:pull"], externalGroup: null });
    await call("DELETE", "/teams/gone");
    await call("DELETE", "/teams/again");
    await call("POST", "/teams", { name: "again", grants: [] });
    await call("PUT", "/teams/again/members/ada");
    await call("POST", "/teams", { name: "new", grants: [] });
    await call("PUT", "/teams/new/members/eve");
    await call("POST", "/services", { name: "newer", stewards: ["eve"] });
    await call("PATCH", "/services/nightly", { stewards: ["ada"] });
    await call("PUT", "/services/nightly/grants", { grants: [] });
    await call("DELETE", "/services/retired");
    await call("DELETE", "/api/v1/organization/crew/robots/idler", undefined, "ada");
    await call("DELETE", "/instances/old");
    await call("PUT", "/grants/authenticated", { grants: [] });
    await call("PUT", "/grants/anonymous", { grants: [] });
    await call("DELETE", `/oauth/clients/${ids["doomed"]}`);
    await call("DELETE", `/webhooks/${ids["hook-doomed"]}`);
    await call("PATCH", `/webhooks/${ids["hook-kept"]}`, { events: ["credential.issued"] });
    await link("cora", "after");
    const { context } = source;
    await context.store.write(async (writes) => {
      const cora = await writes.accounts.findByUsername("cora");
      if (cora) {
        await suspendAccount(context, writes, cora);
      }
    });
  }

  test.each(VIEWS)("%s is after the restore as it was before the disaster", async (path) => {
    const now = await viewsOf(restored);
    expect(typeof now.get(path)).toBe(GONE.includes(path) ? "number" : "object");
    expect(now.get(path)).toEqual(lost.get(path));
  });

  test("a link to the provider is the last one", async () => {
    const { links } = restored.context.store.read;
    expect(await links.find(ISSUER, "before")).toBeNull();
    expect(await links.find(ISSUER, "after")).toMatchObject({ provider: "oidc" });
  });

  test("what was made after the backup is gone, and nobody belongs to it", async () => {
    const bearer = await restored.logIn("root");
    for (const path of ["/teams/new", "/services/newer"]) {
      expect((await restored.call({ url: `${API}${path}`, bearer })).statusCode).toBe(404);
    }
    expect((await restored.hub.accounts.get("eve")).teams).toEqual([]);
  });
});

function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutVolatile);
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const entries = Object.entries(value).filter(([key]) => !VOLATILE.has(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutVolatile(item)]));
}
