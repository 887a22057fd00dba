import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness, MovableClock } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const BUNDLE = ["repository:team/*:pull,push", "collection:acme.*:upload"];

interface Rotated {
  readonly credential: { readonly id: string; readonly scopes: string[] } & Record<string, unknown>;
  readonly secret: string;
}

/** What happens to a rotation next to other changes. On PostgreSQL there are two nodes. */
describe.each(STORES)("a rotation on %s", (storeName) => {
  let choice: StoreChoice;
  let clock: MovableClock;
  let nodes: readonly [Harness, Harness];
  let ada: string;

  beforeAll(async () => {
    choice = await chooseStore(storeName);
    clock = new MovableClock();
    const first = await createHarness({ openStore: choice.openStore, clock });
    nodes = [
      first,
      storeName === "SQLite" ? first : await createHarness({ openStore: choice.openStore, clock }),
    ];
    await first.addUser("root", { role: "admin" });
    await first.addUser("ada", { grants: [...BUNDLE, "instance:*:use"] });
    await first.addUser("eve");
    const services = { bearer: await first.logIn("root"), url: `${API}/services`, method: "POST" } as const;
    await first.call({ ...services, json: { name: "nightly", stewards: ["ada"], grants: BUNDLE } });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...new Set(nodes)].map((hub) => hub.close()));
    await choice.remove();
  });

  const call = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    json?: unknown,
    node = 0,
  ) => {
    ada = await nodes[0].logIn("ada");
    const hub = nodes[node] ?? nodes[0];
    const reply = await hub.call({
      method,
      url: `${API}${path}`,
      bearer: ada,
      ...(json === undefined ? {} : { json }),
    });
    return { status: reply.statusCode, body: reply.body === "" ? null : reply.json() };
  };
  const rotate = async (id: string, json: unknown = {}): Promise<Rotated> => {
    const { status, body } = await call("POST", `/credentials/${id}/rotate`, json);
    expect({ status, body: status === 201 ? null : body }).toEqual({ status: 201, body: null });
    return body;
  };
  const issue = (options = {}) => nodes[0].issue("ada", "personal_token", { scopes: BUNDLE, ...options });
  const isGood = async (secret: string, node = 0) => {
    const hub = nodes[node] ?? nodes[0];
    const { statusCode } = await hub.call({ url: "/verify", bearer: secret });
    await hub.hub.firstUses.settle();
    return statusCode === 200;
  };

  describe("whose predecessor is narrowed", () => {
    // The successor's secret is given out already: what is taken from the one must not live on in the other.
    test("narrows the unused successor too, on every node and with a record of its own", async () => {
      const { id } = await issue({ expiresAt: clock.now() + 90 * 86_400_000 });
      const { credential, secret } = await rotate(id);

      const expiresAt = new Date(clock.now() + 86_400_000).toISOString();
      await call("PATCH", `/credentials/${id}`, {
        scopes: ["repository:team/app:pull"],
        addresses: ["10.0.0.0/8"],
        selfRotate: false,
        expiresAt,
      });

      const { body } = await call("GET", `/credentials/${credential.id}`, undefined, 1);
      expect(body).toMatchObject({
        scopes: ["repository:team/app:pull"],
        addresses: ["10.0.0.0/8"],
        selfRotate: false,
        expiresAt,
      });
      expect(await isGood(secret, 1)).toBe(false);
      const events = await nodes[0].context.store.read.audit.list({ limit: 10, action: "credential.edit" });
      expect(events.map(({ credentialId }) => credentialId)).toEqual(
        expect.arrayContaining([id, credential.id]),
      );
    });

    test("leaves alone what was not narrowed, and a successor that is narrower already", async () => {
      const { id } = await issue();
      const { credential } = await rotate(id);
      await call("PATCH", `/credentials/${credential.id}`, { scopes: ["repository:team/app:pull"] });

      await call("PATCH", `/credentials/${id}`, { title: "old", scopes: ["repository:team/*:pull"] });

      const { body } = await call("GET", `/credentials/${credential.id}`);
      expect(body).toMatchObject({ scopes: ["repository:team/app:pull"], addresses: null, expiresAt: null });
      expect(body.title).not.toBe("old");
    });

    test("is refused where nothing would be left of the successor, and changes neither", async () => {
      const { id } = await issue();
      const { credential } = await rotate(id);
      await call("PATCH", `/credentials/${credential.id}`, { addresses: ["192.0.2.7"] });

      const reply = await call("PATCH", `/credentials/${id}`, { addresses: ["10.0.0.0/8"] });

      expect([reply.status, reply.body.code]).toEqual([409, "nothing_left"]);
      expect((await call("GET", `/credentials/${id}`)).body.addresses).toBeNull();
    });

    test("leaves a successor in use as it is", async () => {
      const { id } = await issue();
      const { credential, secret } = await rotate(id, { old: { mode: "timed", for: "24h" } });
      expect(await isGood(secret)).toBe(true);

      await call("PATCH", `/credentials/${id}`, { scopes: ["repository:team/app:pull"] });

      const { body } = await call("GET", `/credentials/${credential.id}`);
      expect(body.scopes).toEqual(credential.scopes);
    });
  });

  describe("that is asked for again after its predecessor was narrowed", () => {
    test("gives the successor no scope and no address that the predecessor has lost", async () => {
      const { id } = await issue();
      await rotate(id);
      await call("PATCH", `/credentials/${id}`, {
        scopes: ["repository:team/app:pull"],
        addresses: ["10.0.0.0/8"],
        selfRotate: false,
      });

      const { credential, secret } = await rotate(id);

      expect(credential).toMatchObject({
        scopes: ["repository:team/app:pull"],
        addresses: ["10.0.0.0/8"],
        selfRotate: false,
      });
      expect(await isGood(secret)).toBe(false);
    });

    test("gives it no longer life than the predecessor has now", async () => {
      const { id } = await issue({ expiresAt: clock.now() + 90 * 86_400_000 });
      await rotate(id);
      const expiresAt = new Date(clock.now() + 86_400_000).toISOString();
      await call("PATCH", `/credentials/${id}`, { expiresAt });

      const { credential } = await rotate(id);

      expect(Date.parse(String(credential["expiresAt"]))).toBeLessThanOrEqual(clock.now() + 86_400_000);
    });

    test("does not give back what was taken from the successor itself", async () => {
      const { id } = await issue();
      const first = await rotate(id);
      await call("PATCH", `/credentials/${first.credential.id}`, {
        scopes: ["repository:team/app:pull", "collection:acme.tools:upload"],
        addresses: ["10.1.0.0/16", "192.0.2.7"],
      });
      await call("PATCH", `/credentials/${id}`, {
        scopes: ["repository:team/*:pull,push"],
        addresses: ["10.0.0.0/8"],
      });

      const { credential } = await rotate(id);

      expect(credential).toMatchObject({
        id: first.credential.id,
        scopes: ["repository:team/app:pull"],
        addresses: ["10.1.0.0/16"],
      });
    });
  });

  describe("and a move to a service", () => {
    const move = (id: string, node = 0) => call("PATCH", `/credentials/${id}`, { owner: "nightly" }, node);

    test("exclude each other while both generations are active", async () => {
      const { id } = await issue();
      const { credential } = await rotate(id);

      expect((await move(id)).body.code).toBe("rotation_underway");
      expect((await move(credential.id)).body.code).toBe("rotation_underway");
    });

    test("do not, once the rotation is complete: the new generation moves alone", async () => {
      const { id } = await issue();
      const { credential, secret } = await rotate(id, { old: { mode: "now" } });

      const moved = await move(credential.id);

      expect([moved.status, moved.body.owner, moved.body.rotation]).toEqual([200, "nightly", null]);
      expect(await isGood(secret, 1)).toBe(true);
      expect((await call("GET", `/credentials/${credential.id}/rotation`)).status).toBe(404);
    });

    test("do not, from the moment on in which the rotation lapsed, and nothing of it revives", async () => {
      const { id, secret } = await issue();
      const unused = await rotate(id, { old: { mode: "first_use", deadline: "1h" } });
      clock.advance({ hours: 1 });

      expect((await move(id, 1)).status).toBe(200);
      expect(await isGood(secret)).toBe(true);
      expect([await isGood(unused.secret), await isGood(unused.secret, 1)]).toEqual([false, false]);
      await Promise.all(nodes.map(({ hub }) => hub.jobs.run("watch-rotations")));
      expect(await isGood(unused.secret, 1)).toBe(false);
      expect((await call("GET", `/credentials/${unused.credential.id}`)).body.state).toBe("revoked");
    });

    // A fleet gets the new secret and keeps the user name in its configuration.
    test("leave the former owner's name good with the secret of the next generation", async () => {
      const { id } = await nodes[0].issue("ada", "platform_key");
      await move(id);
      const { secret } = await rotate(id);
      const proof = Buffer.from(`ada:${secret}`).toString("base64");
      const headers = { authorization: `ZenApiKey ${proof}` };

      expect((await nodes[1].call({ url: "/verify", headers })).statusCode).toBe(200);
      const stranger = { authorization: `ZenApiKey ${Buffer.from(`eve:${secret}`).toString("base64")}` };
      expect((await nodes[1].call({ url: "/verify", headers: stranger })).statusCode).toBe(401);
    });
  });

  describe("that lapsed", () => {
    const lapse = async () => {
      const { id, secret } = await issue();
      const unused = await rotate(id, { old: { mode: "first_use", deadline: "1h" } });
      clock.advance({ hours: 1 });
      return { id, secret, unusedId: unused.credential.id, unused: unused.secret };
    };

    test("is over for changes of many: its successor has ended, its predecessor is one", async () => {
      const { id, unusedId, unused } = await lapse();
      const body = { action: "revoke", ids: [id, unusedId], confirm: 2 };

      const { body: outcome } = await call("POST", "/credentials/bulk", body, 1);

      expect(outcome).toEqual({ done: 1, failed: [{ id: unusedId, code: "credential_ended" }] });
      expect([await isGood(unused), await isGood(unused, 1)]).toEqual([false, false]);
    });

    test("stays so if its predecessor is revoked on one node while the other sweeps", async () => {
      for (let round = 0; round < 5; round += 1) {
        const { id, secret, unusedId, unused } = await lapse();

        await Promise.all([
          call("DELETE", `/credentials/${id}`, undefined, round % 2),
          nodes[1].hub.jobs.run("watch-rotations"),
          nodes[0].hub.jobs.run("watch-rotations"),
          isGood(unused, 1),
        ]);

        expect([await isGood(secret), await isGood(secret, 1)]).toEqual([false, false]);
        expect([await isGood(unused), await isGood(unused, 1)]).toEqual([false, false]);
        const { body } = await call("GET", `/credentials/${unusedId}`);
        expect([body.state, body.revokedReason]).toEqual(["revoked", "rotated"]);
      }
    });

    test("leaves its predecessor to be rotated again, frozen, narrowed and thawed", async () => {
      const { id, secret } = await lapse();

      expect((await call("POST", `/credentials/${id}/freeze`, {}, 1)).status).toBe(200);
      expect((await call("POST", `/credentials/${id}/thaw`)).status).toBe(200);
      expect((await call("PATCH", `/credentials/${id}`, { scopes: ["repository:team/*:pull"] })).status).toBe(
        200,
      );
      const next = await rotate(id);
      expect(await isGood(secret)).toBe(true);
      expect(await isGood(next.secret)).toBe(true);
      expect(next.credential.scopes).toEqual(["repository:team/*:pull"]);
    });
  });
});
