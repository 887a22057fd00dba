import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { retireKey } from "../../core/master-key/retire-key.ts";
import type { MasterKeys } from "../../core/secret/keyring.ts";
import { openPostgresStore } from "../../storage/postgres/open.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { STORES } from "../../testing/stores.ts";

const V1 = Buffer.alloc(32, 7);
const V2 = Buffer.alloc(32, 8);
const OLD: MasterKeys = { current: 1, keys: new Map([[1, V1]]) };
const BOTH: MasterKeys = {
  current: 2,
  keys: new Map([
    [2, V2],
    [1, V1],
  ]),
};
const NEW: MasterKeys = { current: 2, keys: new Map([[2, V2]]) };

describe.each(STORES)("a new version of the master key on %s", (name) => {
  let postgres: TestPostgres | null = null;
  let url = "";
  const given = { a: OLD, b: OLD };
  let a: Harness;
  /** A second node; the same hub on SQLite, which has one. */
  let b: Harness;
  const secrets: string[] = [];
  let client: { clientId: string; clientSecret: string };
  let cookie: Record<string, string>;
  let revealed: { id: string; secret: string };

  beforeAll(async () => {
    if (name === "PostgreSQL") {
      postgres = await startPostgres();
      url = await postgres.createDatabase();
    }
    a = await start("a");
    b = name === "PostgreSQL" ? await start("b") : a;
    await a.addUser("root", { role: "admin" });
    for (let count = 0; count < 20; count += 1) {
      secrets.push((await a.issue("root", "personal_token")).secret);
    }
    revealed = await a.issue("root", "app_token");
    const made = await a.call({
      method: "POST",
      url: "/api/mintmark/v1/oauth/clients",
      bearer: await a.logIn("root"),
      json: { name: "reports", type: "confidential", scopes: ["hub:introspect:use"] },
    });
    const body = made.json<{ client: { clientId: string }; clientSecret: string }>();
    client = { clientId: body.client.clientId, clientSecret: body.clientSecret };
    cookie = await a.logInByCookie("root");
  });

  afterAll(async () => {
    await a?.close();
    if (b !== a) {
      await b?.close();
    }
    await postgres?.remove();
  });

  function start(node: "a" | "b", keys?: MasterKeys): Promise<Harness> {
    return createHarness({
      policy: { appTokenReveal: "always" },
      masterKeys: () => keys ?? given[node],
      openStore:
        name === "SQLite"
          ? undefined
          : (_directory, clock, keyring) =>
              openPostgresStore(url, clock, () => undefined, {
                keyVersions: () => keyring.versions.join(","),
              }),
    });
  }

  const status = async (hub: Harness, secret: string) =>
    (await hub.call({ url: "/api/mintmark/v1/session", bearer: secret })).statusCode;
  const versionOf = (hub: Harness) => hub.server.context.keyring.currentVersion;
  const uses = () => a.server.context.store.read.keyVersions.uses();

  test("is used only when every node has it, and no request gets a wrong answer meanwhile", async () => {
    const answers: number[] = [];
    let isOver = false;
    const load = (async () => {
      for (let round = 0; !isOver; round += 1) {
        const secret = secrets[round % secrets.length] ?? "";
        answers.push(await status(round % 2 === 0 ? a : b, secret));
        await delay(2);
      }
    })();
    given.a = BOTH;
    await a.server.takeUpKeys();
    expect(versionOf(a)).toBe(name === "SQLite" ? 2 : 1);
    given.b = BOTH;
    await b.server.takeUpKeys();
    await expect
      .poll(
        async () => {
          await a.server.takeUpKeys();
          await b.server.takeUpKeys();
          return [versionOf(a), versionOf(b)];
        },
        { timeout: 20_000 },
      )
      .toEqual([2, 2]);
    secrets.push((await a.issue("root", "personal_token")).secret);
    await expect
      .poll(
        async () => {
          await Promise.all([a, b].map((hub) => hub.server.context.keyMoves.flush()));
          return (await uses()).find(({ version }) => version === 1)?.credentials["personal_token"] ?? 0;
        },
        { timeout: 20_000 },
      )
      .toBe(0);
    isOver = true;
    await load;
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(answers.length).toBeGreaterThan(20);
  });

  test("moves an OAuth client's secret when it is used, and a CSRF token goes on", async () => {
    const authorization = `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64")}`;
    const introspect = () =>
      a.call({
        method: "POST",
        url: "/oauth/introspect",
        headers: { authorization },
        form: { token: secrets[0] ?? "" },
      });
    expect((await introspect()).json()).toMatchObject({ active: true });
    await a.server.context.keyMoves.flush();
    expect((await introspect()).json()).toMatchObject({ active: true });
    expect((await uses()).find(({ version }) => version === 1)?.clients ?? []).toEqual([]);
    const reply = await a.call({ method: "DELETE", url: "/api/mintmark/v1/session", headers: cookie });
    expect(reply.statusCode, reply.body).toBeLessThan(300);
  });

  test("seals everything anew by a job, and what was sealed is still readable", async () => {
    expect((await uses()).find(({ version }) => version === 1)?.sealed).toBeGreaterThan(0);
    await a.hub.jobs.run("reseal");
    expect((await uses()).find(({ version }) => version === 1)?.sealed ?? 0).toBe(0);
    const credential = await a.hub.credentials.find(revealed.id);
    const reply = await a.call({
      method: "POST",
      url: `/api/mintmark/v1/credentials/${revealed.id}/reveal`,
      bearer: await a.logIn("root"),
    });
    expect(
      credential && (reply.statusCode === 200 ? reply.json<{ secret: string }>().secret : reply.statusCode),
    ).toBe(revealed.secret);
  });

  test("a start that lacks a version in use is refused, and so is one with another key", async () => {
    await expect(restartWith(NEW)).rejects.toThrow(/needs version 1/);
    await expect(
      restartWith({
        current: 2,
        keys: new Map([
          [2, V1],
          [1, V1],
        ]),
      }),
    ).rejects.toThrow(/not the one this store was made with/);
  });

  async function restartWith(keys: MasterKeys): Promise<void> {
    if (name === "PostgreSQL") {
      await (await start("a", keys)).close();
      return;
    }
    given.a = keys;
    try {
      await a.restart();
    } finally {
      given.a = BOTH;
      a.server.close = () => Promise.resolve();
      await a.restart();
    }
  }

  test("the old one is retired when nothing is left under it, or what is left is ended", async () => {
    const { store, entropy, keyring } = a.server.context;
    const parts = { store, entropy, keyring };
    const now = a.clock.now();
    expect(await retireKey(parts, 1, { endRemaining: false, now })).toMatchObject({
      outcome: "in_use",
      credentials: 1,
    });
    expect(await retireKey(parts, 2, { endRemaining: true, now })).toMatchObject({ outcome: "current" });
    expect(await retireKey(parts, 1, { endRemaining: true, now })).toMatchObject({
      outcome: "done",
      credentialsEnded: 1,
    });
    expect((await a.hub.credentials.find(revealed.id))?.end).toMatchObject({ reason: "policy" });
    given.a = NEW;
    given.b = NEW;
    await Promise.all([a.server.takeUpKeys(), b.server.takeUpKeys()]);
    expect(a.server.context.keyring.versions).toEqual([2]);
    for (const secret of secrets) {
      expect(await status(a, secret)).toBe(200);
      expect(await status(b, secret)).toBe(200);
    }
    expect(await retireKey(parts, 1, { endRemaining: true, now })).toMatchObject({ outcome: "unknown" });
  });
});
