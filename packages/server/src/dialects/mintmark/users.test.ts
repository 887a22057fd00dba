import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const USERS = "/api/mintmark/v1/users";

describe.each(STORES)("accounts in our own API, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let root: string;
  let member: string;
  let auditor: string;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("mem");
    await hub.addUser("watch", { role: "auditor" });
    [root, member, auditor] = (await Promise.all(
      ["root", "mem", "watch"].map((name) => hub.logIn(name)),
    )) as [string, string, string];
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  const post = (json: unknown, bearer = root) => hub.call({ method: "POST", url: USERS, json, bearer });
  const patch = (name: string, json: unknown) =>
    hub.call({ method: "PATCH", url: `${USERS}/${name}`, json, bearer: root });
  const probe = async (bearer: string) =>
    (await hub.call({ url: "/api/mintmark/v1/session", bearer })).statusCode;

  test("one grant is added or taken away, and the others stay", async () => {
    await hub.addUser("granted");
    const grants = (method: "GET" | "POST" | "DELETE" | "PUT", json?: unknown, bearer = root) =>
      hub.call({ method, url: `${USERS}/granted/grants`, bearer, ...(json === undefined ? {} : { json }) });
    await grants("PUT", { grants: ["collection:acme.*:upload"] });
    const added = await grants("POST", { grant: "instance:sales:use" });
    expect(added.json()).toEqual({ grants: ["collection:acme.*:upload", "instance:sales:use"] });
    await grants("POST", { grant: "instance:sales:use" });
    expect((await grants("GET")).json().grants).toHaveLength(2);

    const removed = await grants("DELETE", { grant: "collection:acme.*:upload" });
    expect([removed.statusCode, removed.headers["x-mintmark-applied"]]).toEqual([200, "1/1"]);
    expect(removed.json()).toEqual({ grants: ["instance:sales:use"] });
    expect((await grants("DELETE", { grant: "collection:acme.*:upload" })).statusCode).toBe(404);
    expect((await grants("POST", { grant: "no scope" })).json()).toMatchObject({
      code: "invalid_scope",
      field: "grants",
    });
    expect((await grants("POST", { grant: "instance:sales:use" }, member)).statusCode).toBe(403);
  });

  test("administrators make accounts, auditors see them, members do neither", async () => {
    const made = await post({
      username: "Carol",
      password: PASSWORD,
      role: "member",
      email: "carol@example.test",
    });

    expect([made.statusCode, made.json().username]).toEqual([201, "Carol"]);
    expect(made.body).not.toContain("argon2");
    expect((await post({ username: "x1", role: "member" }, auditor)).statusCode).toBe(403);
    expect((await hub.call({ url: USERS, bearer: auditor })).json().users.length).toBeGreaterThan(3);
    expect((await hub.call({ url: USERS, bearer: member })).statusCode).toBe(403);
    expect((await hub.call({ url: USERS })).statusCode).toBe(401);
    expect((await hub.call({ url: `${USERS}/carol`, bearer: auditor })).json().email).toBe(
      "carol@example.test",
    );
  });

  test.each([
    ["a name in other case", { username: "ROOT", role: "member" }, 409, "user_exists"],
    ["a name with a slash", { username: "a/b", role: "member" }, 400, "malformed_request"],
    ["a name that begins with a dot", { username: ".a", role: "member" }, 400, "malformed_request"],
    ["a name of 65 characters", { username: "a".repeat(65), role: "member" }, 400, "malformed_request"],
    [
      "a password of 11 characters",
      { username: "p1", role: "member", password: "elevenchars" },
      400,
      "malformed_request",
    ],
    [
      "a password of 1,025 bytes",
      { username: "p2", role: "member", password: "x".repeat(1025) },
      400,
      "malformed_request",
    ],
    ["an unknown role", { username: "p3", role: "king" }, 400, "malformed_request"],
    ["an unknown field", { username: "p4", role: "member", admin: true }, 400, "unknown_field"],
  ])("%s is refused", async (_what, body, status, code) => {
    const reply = await post(body);

    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });

  test("a password of 1,024 bytes counts to its last byte", async () => {
    const long = `${"x".repeat(1023)}y`;
    await post({ username: "long", role: "member", password: long });
    const logIn = async (password: string) =>
      (
        await hub.call({
          method: "POST",
          url: "/api/mintmark/v1/session",
          json: { username: "long", password },
        })
      ).statusCode;

    expect(await logIn(long)).toBe(201);
    expect(await logIn(`${"x".repeat(1023)}z`)).toBe(401);
  });

  test("a name that is somebody's granted namespace is not given away", async () => {
    const grants = ["repository:acme/app:pull,push"];
    await hub.call({ method: "PUT", url: `${USERS}/mem/grants`, json: { grants }, bearer: root });

    const reply = await post({ username: "acme", role: "member" });

    expect([reply.statusCode, reply.json().code]).toEqual([409, "namespace_taken"]);
  });

  test("grants are replaced as a whole, and a broken one changes nothing", async () => {
    const url = `${USERS}/mem/grants`;
    const set = (grants: unknown) => hub.call({ method: "PUT", url, json: { grants }, bearer: root });
    await set(["collection:acme.*:upload"]);

    expect((await set(["collection:acme.*:upload", "nonsense"])).json().code).toBe("invalid_scope");
    expect((await hub.call({ url, bearer: auditor })).json()).toEqual({
      grants: ["collection:acme.*:upload"],
    });
  });

  test("what every signed-in account may do is download collections, until an administrator changes it", async () => {
    const url = "/api/mintmark/v1/grants/authenticated";

    expect((await hub.call({ url, bearer: root })).json()).toEqual({ grants: ["collection:*:download"] });
    expect((await hub.call({ url: "/api/mintmark/v1/grants/everybody", bearer: root })).statusCode).toBe(404);
  });

  // Tokens that outlive the disabling, deletion or reset of their account are a class of holes by itself.
  test.each([
    ["disabled", { disabled: true }],
    ["given a new password", { password: "another long password" }],
  ])(
    "an account that is %s loses its sessions and credentials at once, and enabling revives none",
    async (what, change) => {
      const name = `user-${what.slice(0, 3)}`;
      await post({ username: name, role: "member", password: PASSWORD });
      const session = await hub.logIn(name);
      const { secret: token, id } = await hub.issue(name, "personal_token");
      expect([await probe(session), await probe(token)]).toEqual([200, 200]);

      await patch(name, change);

      expect([await probe(session), await probe(token)]).toEqual([401, 401]);
      await patch(name, { disabled: false });
      expect([await probe(session), await probe(token)]).toEqual([401, 401]);
      const { state } = (await hub.call({ url: `/api/mintmark/v1/credentials/${id}`, bearer: root })).json();
      expect(state).toBe("revoked");
    },
  );

  test("an account made again under the name of a deleted one inherits nothing", async () => {
    await post({ username: "phoenix", role: "member", password: PASSWORD });
    const { secret } = await hub.issue("phoenix", "personal_token");
    expect(await probe(secret)).toBe(200);

    expect((await hub.call({ method: "DELETE", url: `${USERS}/phoenix`, bearer: root })).statusCode).toBe(
      204,
    );
    await post({ username: "phoenix", role: "member", password: PASSWORD });

    expect(await probe(secret)).toBe(401);
    const bearer = await hub.logIn("phoenix");
    expect((await hub.call({ url: "/api/mintmark/v1/credentials", bearer })).json().credentials).toEqual([]);
  });

  test("the last administrator cannot be disabled, demoted or deleted", async () => {
    const attempts = [
      await patch("root", { disabled: true }),
      await patch("root", { role: "member" }),
      await hub.call({ method: "DELETE", url: `${USERS}/root`, bearer: root }),
    ];

    expect(attempts.map((reply) => reply.json().code)).toEqual(Array(3).fill("last_administrator"));
  });

  test("a personal token of an administrator administers only if it was given that", async () => {
    const { secret: own } = await hub.issue("root", "personal_token", { scopes: ["user:admin"] });
    const { secret: all } = await hub.issue("root", "personal_token", {
      scopes: ["hub:admin:use", "hub:audit:use"],
    });

    expect((await hub.call({ url: USERS, bearer: own })).statusCode).toBe(403);
    expect((await hub.call({ url: USERS, bearer: all })).statusCode).toBe(200);
  });

  test("every change stands in the audit, in an unbroken chain", async () => {
    const { events } = (await hub.call({ url: "/api/mintmark/v1/audit?limit=200", bearer: auditor })).json();

    const sequence = events.map((event: { seq: number }) => event.seq);
    expect(sequence).toEqual([...sequence].sort((a, b) => b - a));
    for (let at = 0; at + 1 < events.length; at += 1) {
      expect(events[at].previousHash).toBe(events[at + 1].hash);
      expect(events[at].seq).toBe(events[at + 1].seq + 1);
    }
    expect(events.map((event: { action: string }) => event.action)).toEqual(
      expect.arrayContaining([
        "account.create",
        "account.disable",
        "account.delete",
        "grant.update",
        "session.create",
      ]),
    );
  });
});
