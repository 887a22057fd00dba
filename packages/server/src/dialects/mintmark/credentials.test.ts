import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const CREDENTIALS = "/api/mintmark/v1/credentials";

describe.each(STORES)("credentials in our own API, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let ada: string;
  let root: string;
  let auditor: string;
  let bob: string;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("watch", { role: "auditor" });
    await hub.addUser("ada");
    await hub.addUser("bob");
    [root, auditor, ada, bob] = (await Promise.all(
      ["root", "watch", "ada", "bob"].map((name) => hub.logIn(name)),
    )) as [string, string, string, string];
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  const create = (json: unknown, bearer = ada) =>
    hub.call({ method: "POST", url: CREDENTIALS, json, bearer });

  test("a secret is in the answer that makes it and in no other", async () => {
    const createdAt = new Date(hub.clock.now()).toISOString();
    const made = await create({ kind: "app_token", title: "  laptop  " });

    expect(made.statusCode).toBe(201);
    expect(made.headers["cache-control"]).toBe("no-store");
    const { credential, secret } = made.json();
    expect(secret).toMatch(/^mma_[0-9A-Za-z]{36}$/);
    expect(credential).toEqual({
      id: credential.id,
      kind: "app_token",
      title: "laptop",
      note: null,
      hint: `mma_…${secret.slice(-4)}`,
      owner: "ada",
      createdBy: "ada",
      scopes: ["repository:*:*"],
      instance: null,
      addresses: null,
      selfRotate: false,
      state: "active",
      frozen: null,
      rotation: null,
      addressTrial: null,
      createdAt,
      expiresAt: null,
      idleExpiresAt: null,
      lastUsedAt: null,
      lastUsedFrom: null,
      lastUsedAgent: null,
      touchedAt: null,
      revokedAt: null,
      revokedReason: null,
      revokedNote: null,
    });
    const again = await hub.call({ url: `${CREDENTIALS}/${credential.id}`, bearer: ada });
    expect(again.json()).toEqual(credential);
    const list = await hub.call({ url: CREDENTIALS, bearer: ada });
    expect(list.body).not.toContain(secret);
  });

  test("an offline token tells when it expires without a use", async () => {
    const { credential } = (await create({ kind: "offline_token", title: "ci", idle: "7d" })).json();

    const weekLater = hub.clock.now() + 7 * 86_400_000;
    expect(credential.idleExpiresAt).toBe(new Date(weekLater).toISOString());
  });

  test("a second hub token ends the first, and the audit names both", async () => {
    const first = (await create({ kind: "hub_token" })).json().credential.id;
    const second = (await create({ kind: "hub_token" })).json().credential.id;

    const ended = (await hub.call({ url: `${CREDENTIALS}/${first}`, bearer: ada })).json();
    expect([ended.state, ended.revokedReason]).toEqual(["revoked", "replaced"]);
    const { events } = (
      await hub.call({ url: "/api/mintmark/v1/audit?action=credential.replace", bearer: root })
    ).json();
    expect(events[0]).toMatchObject({ credentialId: second, owner: "ada", details: { replaced: first } });
  });

  test.each([
    ["an unknown field", { kind: "hub_token", secret: "x" }, "unknown_field"],
    ["an unknown kind", { kind: "golden_token" }, "malformed_request"],
    ["no kind", { title: "x" }, "malformed_request"],
    ["a title of spaces", { kind: "app_token", title: "   " }, "malformed_request"],
    ["a title with a terminal escape", { kind: "app_token", title: "a\u001b[31mb" }, "malformed_request"],
    ["a title of 256 characters", { kind: "app_token", title: "x".repeat(256) }, "malformed_request"],
    // A request that says nothing must not get the most.
    ["no scopes for a personal token", { kind: "personal_token", title: "x" }, "invalid_scope"],
    ["an empty list of scopes", { kind: "personal_token", scopes: [] }, "invalid_scope"],
    ["a scope that is none", { kind: "personal_token", scopes: ["everything"] }, "invalid_scope"],
    ["a scope outside the kind's house", { kind: "app_token", scopes: ["collection:*:*"] }, "invalid_scope"],
    ["an end in the past", { kind: "app_token", expiresAt: "2024-01-01T00:00:00Z" }, "malformed_request"],
    ["an end that is no time", { kind: "app_token", expiresAt: "tomorrow" }, "malformed_request"],
    ["an end as a number", { kind: "app_token", expiresAt: 1_900_000_000 }, "malformed_request"],
    ["a longer idle time than the policy's", { kind: "offline_token", idle: "31d" }, "beyond_policy"],
    ["an instance for a kind that has none", { kind: "hub_token", instance: "sales" }, "malformed_request"],
    ["a body that is a list", [], "malformed_request"],
  ])("%s is refused with a stable code", async (_what, body, code) => {
    const reply = await create(body);

    expect([reply.statusCode, reply.json().code]).toEqual([400, code]);
    expect(reply.headers["content-type"]).toContain("application/problem+json");
  });

  test("an instance that is unknown or not granted is not there", async () => {
    const json = { id: "sales", displayName: "Sales" };
    expect(
      (await hub.call({ method: "POST", url: "/api/mintmark/v1/instances", json, bearer: root })).statusCode,
    ).toBe(201);
    const unknown = await create({ kind: "instance_key", instance: "nope" });
    const ungranted = await create({ kind: "instance_key", instance: "sales" });

    expect([unknown.statusCode, ungranted.statusCode]).toEqual([404, 404]);
    const withoutId = ({ requestId: _id, ...rest }: Record<string, unknown>) => rest;
    expect(withoutId(unknown.json())).toEqual(withoutId(ungranted.json()));
  });

  // Object access by id without owner check is the commonest hole of such systems.
  test("somebody else's credential answers like one that never was", async () => {
    const { credential } = (await create({ kind: "app_token", title: "mine" })).json();
    const never = "01900000-0000-7000-8000-000000000000";
    for (const method of ["GET", "DELETE"] as const) {
      const [theirs, nobodys] = await Promise.all(
        [credential.id, never].map((id) => hub.call({ method, url: `${CREDENTIALS}/${id}`, bearer: bob })),
      );
      expect(theirs?.statusCode).toBe(404);
      const { requestId: _a, ...left } = theirs?.json() ?? {};
      const { requestId: _b, ...right } = nobodys?.json() ?? {};
      expect(left).toEqual(right);
    }
    expect((await hub.call({ url: `${CREDENTIALS}/${credential.id}`, bearer: ada })).json().state).toBe(
      "active",
    );
  });

  test("an administrator sees and ends anybody's, an auditor sees them, a member is told no", async () => {
    const { credential } = (await create({ kind: "app_token", title: "seen" })).json();
    const everybody = (bearer: string) => hub.call({ url: `${CREDENTIALS}?owner=*`, bearer });

    expect((await everybody(bob)).statusCode).toBe(403);
    expect((await everybody(auditor)).json().credentials.map((one: { id: string }) => one.id)).toContain(
      credential.id,
    );
    const byAuditor = await hub.call({
      method: "DELETE",
      url: `${CREDENTIALS}/${credential.id}`,
      bearer: auditor,
    });
    expect(byAuditor.statusCode).toBe(404);
    const byAdmin = await hub.call({
      method: "DELETE",
      url: `${CREDENTIALS}/${credential.id}`,
      json: { reason: "left the team" },
      bearer: root,
    });
    expect(byAdmin.statusCode).toBe(204);
    const after = (await hub.call({ url: `${CREDENTIALS}/${credential.id}`, bearer: ada })).json();
    expect([after.state, after.revokedReason]).toEqual(["revoked", "left the team"]);
  });

  test("a personal token that holds user:admin makes secrets, and others do not", async () => {
    const { secret: strong } = await hub.issue("ada", "personal_token", { scopes: ["user:admin"] });
    const { secret: weak } = await hub.issue("ada", "personal_token", { scopes: ["collection:*:*"] });
    const { secret: key } = await hub.issue("ada", "platform_key");

    expect((await create({ kind: "app_token", title: "x" }, strong)).statusCode).toBe(201);
    expect((await create({ kind: "app_token", title: "x" }, weak)).statusCode).toBe(403);
    expect((await create({ kind: "app_token", title: "x" }, key)).statusCode).toBe(401);
  });

  test("all of a person's end at once, each with its event, and the account goes on", async () => {
    await hub.addUser("finn");
    const finn = await hub.logIn("finn");
    const made = [
      await hub.issue("finn", "app_token", { title: "a" }),
      await hub.issue("finn", "app_token", { title: "b" }),
      await hub.issue("finn", "hub_token"),
    ];
    const other = await hub.issue("bob", "app_token", { title: "not finn's" });
    const url = "/api/mintmark/v1/users/finn/credentials";
    const end = (bearer: string, json?: object) =>
      hub.call({ method: "DELETE", url, bearer, ...(json ? { json } : {}) });

    expect((await end(bob, { all: true })).statusCode).toBe(403);
    expect((await end(auditor, { all: true })).statusCode).toBe(403);
    expect((await end(root, { kind: "key" })).statusCode).toBe(400);
    expect((await end(root, { all: true, reason: "a\u0007" })).json().field).toBe("reason");
    expect((await end(root, { kind: "app_token", reason: "left the team" })).json()).toEqual({ revoked: 2 });
    const own = await end(finn, { all: true });
    expect([own.json(), own.headers["x-mintmark-applied"]]).toEqual([{ revoked: 1 }, "1/1"]);
    expect((await end(root, { all: true })).json()).toEqual({ revoked: 0 });

    for (const { secret } of made) {
      expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).toBe(401);
    }
    expect((await hub.call({ url: "/verify", bearer: other.secret })).statusCode).toBe(200);
    const { events } = (
      await hub.call({ url: "/api/mintmark/v1/audit?action=credential.revoke&limit=3", bearer: root })
    ).json() as { events: { owner: string; actor: string; details: { reason: string | null } }[] };
    expect(events.map(({ owner, actor, details }) => [owner, actor, details.reason])).toEqual([
      ["finn", "finn", null],
      ["finn", "root", "left the team"],
      ["finn", "root", "left the team"],
    ]);
    expect((await create({ kind: "hub_token" }, finn)).statusCode).toBe(201);
    const missing = url.replace("finn", "nobody");
    const nobodys = await hub.call({ method: "DELETE", url: missing, bearer: root, json: { all: true } });
    expect(nobodys.statusCode).toBe(404);
  });

  // `?kind=app_token` was passed over, and a missing body meant everything.
  test("what ends with a person's credentials must be said, and said where it is read", async () => {
    await hub.addUser("gus");
    const kept = await hub.issue("gus", "hub_token");
    const url = "/api/mintmark/v1/users/gus/credentials";
    const slips: readonly Partial<Parameters<Harness["call"]>[0]>[] = [
      {},
      { json: {} },
      { json: { reason: "left" } },
      { json: { kind: "app_token", all: true } },
      { json: { all: false } },
      { json: null },
      { url: `${url}?kind=app_token` },
      { url: `${url}?kind=app_token`, json: { all: true } },
      { url: `${url}?all=true`, json: { kind: "hub_token" } },
    ];
    for (const slip of slips) {
      const reply = await hub.call({ method: "DELETE", url, bearer: root, ...slip });
      expect([slip, reply.statusCode]).toEqual([slip, 400]);
    }
    expect((await hub.call({ url: "/verify", bearer: kept.secret })).statusCode).toBe(200);
  });

  test("a list goes by what is asked for, page by page, and a cursor is good for its own order alone", async () => {
    await hub.addUser("eve");
    const bearer = await hub.logIn("eve");
    for (const title of ["b", "C", "a", "d"]) {
      await hub.issue("eve", "app_token", { title });
    }
    await hub.issue("eve", "hub_token");
    const page = async (query: string) => hub.call({ url: `${CREDENTIALS}?${query}`, bearer });
    const titles = (reply: { json(): { credentials: { title: string | null }[] } }) =>
      reply.json().credentials.map(({ title }) => title);

    const first = await page("sort=title&limit=3");
    const cursor = encodeURIComponent(first.json().nextCursor);
    expect(titles(first)).toEqual([null, "a", "b"]);
    expect(titles(await page(`sort=title&limit=3&cursor=${cursor}`))).toEqual(["C", "d"]);
    expect(titles(await page("sort=-title&limit=2"))).toEqual(["d", "C"]);
    expect((await page("sort=-created&limit=2")).json()).toEqual((await page("limit=2")).json());

    const newest = (await page("limit=2")).json().nextCursor;
    for (const query of [
      `sort=-title&cursor=${cursor}`,
      `sort=kind&cursor=${cursor}`,
      `cursor=${cursor}`,
      `sort=title&cursor=${newest}`,
      `sort=created&cursor=${newest}`,
      `sort=lastUsed&cursor=${Buffer.from('["lastUsed","x","x"]').toString("base64url")}`,
      `sort=title&cursor=${Buffer.from("null").toString("base64url")}`,
      "sort=digest",
      "sort=",
    ]) {
      expect((await page(query)).statusCode, query).toBe(400);
    }
  });

  test("lists are paged by a cursor, newest first, and a forged cursor is refused", async () => {
    await hub.addUser("many");
    const bearer = await hub.logIn("many");
    for (let count = 0; count < 5; count += 1) {
      await hub.issue("many", "app_token", { title: `t${count}` });
      hub.clock.advance({ ms: 1 });
    }
    const page = async (query: string) => (await hub.call({ url: `${CREDENTIALS}?${query}`, bearer })).json();

    const first = await page("limit=3");
    const second = await page(`limit=3&cursor=${first.nextCursor}`);

    const titles = [...first.credentials, ...second.credentials].map((one: { title: string }) => one.title);
    expect(titles).toEqual(["t4", "t3", "t2", "t1", "t0"]);
    expect(second.nextCursor).toBeNull();
    // A page that is just full is no promise of another.
    expect((await page("limit=5")).nextCursor).toBeNull();
    for (const query of [
      "limit=0",
      "limit=201",
      "limit=x",
      "cursor=1%27--",
      "state=alive",
      "kind=x",
      "colour=red",
    ]) {
      expect((await hub.call({ url: `${CREDENTIALS}?${query}`, bearer })).statusCode).toBe(400);
    }
  });

  test("the filter by state follows the clock", async () => {
    await hub.addUser("short");
    const expiresAt = hub.clock.now() + 60_000;
    await hub.issue("short", "app_token", { title: "brief", expiresAt });
    const states = async (state: string) =>
      (await hub.call({ url: `${CREDENTIALS}?state=${state}&owner=short`, bearer: root })).json().credentials
        .length;

    expect([await states("active"), await states("expired")]).toEqual([1, 0]);
    hub.clock.advance({ minutes: 1 });
    expect([await states("active"), await states("expired")]).toEqual([0, 1]);
  });

  test("the owner is never taken from the body", async () => {
    const reply = await create({
      kind: "app_token",
      title: "x",
      owner: "bob",
      createdAt: "2020-01-01T00:00:00Z",
    });

    expect(reply.json().code).toBe("unknown_field");
  });
});
