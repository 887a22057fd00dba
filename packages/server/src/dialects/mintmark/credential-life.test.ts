import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
const DAY_MS = 86_400_000;
let hub: Harness;
let ada: string;
let root: string;

beforeEach(async () => {
  hub = await createHarness({ trustedProxies: ["127.0.0.1"] });
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada", { grants: ["repository:team/*:pull,push", "collection:acme.*:upload"] });
  await hub.addUser("bob");
  ada = await hub.logIn("ada");
  root = await hub.logIn("root");
});

afterEach(() => hub.close());

const act = (id: string, verb: string, bearer: string, json: unknown = {}) =>
  hub.call({ method: "POST", url: `${API}/credentials/${id}/${verb}`, bearer, json });
const patch = (id: string, json: unknown, bearer = ada, headers: Record<string, string> = {}) =>
  hub.call({ method: "PATCH", url: `${API}/credentials/${id}`, bearer, json, headers });
const verify = (secret: string, from = "198.51.100.1") =>
  hub.call({ url: "/verify", bearer: secret, headers: { "x-forwarded-for": from } });
const isGood = async (secret: string) => (await verify(secret)).statusCode === 200;
const actions = async (id: string) =>
  (await hub.context.store.read.audit.list({ credentialId: id, limit: 20 })).map(({ action }) => action);

describe("a frozen credential", () => {
  test("is refused and named frozen until it is thawed, and the audit has both", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    expect(await isGood(secret)).toBe(true);

    const frozen = await act(id, "freeze", ada, { reason: "laptop lost" });
    expect(frozen.statusCode).toBe(200);
    expect(frozen.headers["x-mintmark-applied"]).toBe("1/1");
    expect(frozen.json()).toMatchObject({
      state: "frozen",
      frozen: { by: "ada", class: "owner", reason: "laptop lost", until: null },
    });
    const refused = await verify(secret);
    expect(refused.statusCode).toBe(401);
    expect(refused.json().detail).toContain("is frozen since 2025-01-08 (laptop lost)");

    expect((await act(id, "thaw", ada)).json()).toMatchObject({ state: "active", frozen: null });
    expect(await isGood(secret)).toBe(true);
    expect(await actions(id)).toEqual(["credential.thaw", "credential.freeze", "credential.issue"]);
  });

  test("stays as it is when it is frozen again, and thawing one that is not frozen changes nothing", async () => {
    const { id } = await hub.issue("ada", "personal_token");
    await act(id, "thaw", ada);
    await act(id, "freeze", ada, { reason: "one" });
    expect((await act(id, "freeze", ada, { reason: "two" })).json().frozen.reason).toBe("one");
    expect(await actions(id)).toEqual(["credential.freeze", "credential.issue"]);
  });

  test("is thawed by nobody below the class that froze it", async () => {
    const { id } = await hub.issue("ada", "personal_token");
    await act(id, "freeze", ada, { reason: "mine" });
    const raised = await act(id, "freeze", root, { reason: "looks stolen" });
    expect(raised.json().frozen).toMatchObject({
      class: "administrator",
      by: "root",
      reason: "looks stolen",
    });

    const refused = await act(id, "thaw", ada);
    expect([refused.statusCode, refused.json().code]).toEqual([403, "frozen_by_other"]);
    expect((await act(id, "thaw", root)).json().state).toBe("active");
  });

  test("thaws by itself at the moment that was named", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    const until = new Date(hub.clock.now() + 3_600_000).toISOString();
    await act(id, "freeze", ada, { until });
    expect(await isGood(secret)).toBe(false);
    hub.clock.advance({ hours: 1 });
    expect(await isGood(secret)).toBe(true);

    expect(await hub.hub.jobs.run("thaw-credentials")).toMatchObject({ outcome: "finished", done: 1 });
    expect(await actions(id)).toEqual(["credential.thaw", "credential.freeze", "credential.issue"]);
    const past = await act(id, "freeze", ada, { until });
    expect([past.statusCode, past.json().field]).toEqual([400, "until"]);
  });

  test("goes on ageing: its deadlines do not wait for the thaw", async () => {
    const { id } = await hub.issue("ada", "offline_token");
    await act(id, "freeze", ada);
    hub.clock.advance({ days: 31 });
    expect((await act(id, "thaw", await hub.logIn("ada"))).json().code).toBe("credential_ended");
  });

  test("keeps its slot: a new one takes it from its owner, not from an administrator", async () => {
    const first = await hub.issue("ada", "hub_token");
    await act(first.id, "freeze", ada);
    const second = await hub.issue("ada", "hub_token");
    expect((await hub.hub.credentials.find(first.id))?.end).toMatchObject({ reason: "replaced" });

    await act(second.id, "freeze", root);
    await expect(hub.issue("ada", "hub_token")).rejects.toMatchObject({ code: "credential_frozen" });
    expect((await hub.hub.credentials.find(second.id))?.end).toBeNull();
  });

  test("is found by its state, and by nobody else's list", async () => {
    const frozen = await hub.issue("ada", "app_token");
    const active = await hub.issue("ada", "app_token");
    await act(frozen.id, "freeze", ada);
    const ids = async (state: string, bearer: string) =>
      (await hub.call({ url: `${API}/credentials?state=${state}`, bearer }))
        .json()
        .credentials.map(({ id }: { id: string }) => id);
    expect(await ids("frozen", ada)).toEqual([frozen.id]);
    expect(await ids("active", ada)).toEqual([active.id]);
    expect(await ids("frozen", await hub.logIn("bob"))).toEqual([]);
  });

  // An owner who has lost a secret must be able to revoke it, even when somebody else has frozen it.
  test("may still be ended by the one who holds it", async () => {
    const { secret, id } = await hub.issue("ada", "app_token");
    await act(id, "freeze", root);
    await hub.call({ method: "POST", url: "/oauth/revoke", form: { token: secret } });
    expect((await hub.hub.credentials.find(id))?.end?.reason).toBe("revoked");
  });

  test("cannot be frozen or thawed by strangers, nor after its end", async () => {
    const { id } = await hub.issue("ada", "personal_token");
    const bob = await hub.logIn("bob");
    expect((await act(id, "freeze", bob)).statusCode).toBe(404);
    await hub.call({ method: "DELETE", url: `${API}/credentials/${id}`, bearer: ada });
    const refused = await act(id, "freeze", ada);
    expect([refused.statusCode, refused.json().code]).toEqual([409, "credential_ended"]);
  });
});

describe("an edit", () => {
  test("renames, notes, narrows and shortens, and is one event of the audit", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    const expiresAt = new Date(hub.clock.now() + DAY_MS).toISOString();
    const reply = await patch(id, {
      title: " CI ",
      note: "runs at night",
      scopes: ["repository:team/app:pull"],
      expiresAt,
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({
      title: "CI",
      note: "runs at night",
      scopes: ["repository:team/app:pull"],
      expiresAt,
      createdBy: "anonymous",
    });
    const ask = async (scope: string) =>
      (await hub.call({ url: `/verify?scope=${scope}`, bearer: secret })).statusCode;
    expect([await ask("repository:team/app:pull"), await ask("repository:team/app:push")]).toEqual([
      200, 403,
    ]);
    expect(await actions(id)).toEqual(["credential.edit", "credential.issue"]);
    expect((await patch(id, {})).statusCode).toBe(200);
    expect(await actions(id)).toHaveLength(2);
  });

  test.each([
    [{ scopes: ["repository:team/app:push"] }, "beyond_present"],
    [{ scopes: ["repository:other:pull"] }, "beyond_present"],
    [{ scopes: [] }, "invalid_scope"],
    [{ scopes: ["nonsense"] }, "invalid_scope"],
    [{ expiresAt: null }, "beyond_present"],
    [{ expiresAt: "2026-01-01T00:00:00Z" }, "beyond_present"],
    [{ expiresAt: "2020-01-01T00:00:00Z" }, "malformed_request"],
    [{ addresses: ["10.1.2.3/8"] }, "malformed_request"],
    [{ addresses: [] }, "malformed_request"],
    [{ note: "bell\u0007" }, "malformed_request"],
    [{ colour: "red" }, "unknown_field"],
  ])("never widens: %j", async (change, code) => {
    const { id } = await hub.issue("ada", "personal_token", {
      scopes: ["repository:team/*:pull"],
      expiresAt: hub.clock.now() + DAY_MS,
    });
    const reply = await patch(id, change);
    expect([reply.statusCode, reply.json().code]).toEqual([400, code]);
    expect(await actions(id)).toEqual(["credential.issue"]);
  });

  test("needs a fresh log-in only where it opens something", async () => {
    const { id } = await hub.issue("ada", "personal_token");
    await patch(id, { addresses: ["192.0.2.0/24"] });
    hub.clock.advance({ minutes: 11 });
    for (const change of [{ selfRotate: true }, { addresses: null }, { addresses: ["192.0.0.0/16"] }]) {
      expect((await patch(id, change)).json().code).toBe("fresh_login_required");
    }
    expect(
      (await patch(id, { addresses: ["192.0.2.7"], scopes: ["repository:team/*:pull"] })).statusCode,
    ).toBe(200);
    expect((await patch(id, { selfRotate: true }, await hub.logIn("ada"))).json().selfRotate).toBe(true);
  });

  test("of somebody else's is for administrators, who narrow and shorten and nothing more", async () => {
    const { id } = await hub.issue("ada", "personal_token");
    expect((await patch(id, { title: "x" }, await hub.logIn("bob"))).statusCode).toBe(404);
    for (const change of [{ title: "x" }, { note: "x" }, { selfRotate: true }]) {
      expect((await patch(id, change, root)).json().code).toBe("forbidden");
    }
    expect((await patch(id, { scopes: ["repository:team/*:pull"] }, root)).statusCode).toBe(200);
    expect((await patch(id, { addresses: ["192.0.2.0/24"] }, root)).statusCode).toBe(200);
    expect((await patch(id, { addresses: null }, root)).json().code).toBe("forbidden");
  });

  test("that somebody else forestalled is refused, where the caller says what it read", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    const read = () => hub.call({ url: `${API}/credentials/${id}`, bearer: ada });
    const etag = String((await read()).headers.etag);
    await verify(secret);
    expect((await read()).headers.etag).toBe(etag);

    const first = await patch(id, { title: "one" }, ada, { "if-match": etag });
    expect(first.headers.etag).toBe((await read()).headers.etag);
    const second = await patch(id, { title: "two" }, ada, { "if-match": etag });
    expect([second.statusCode, second.json().code]).toEqual([412, "precondition_failed"]);
    expect((await patch(id, { title: "two" }, ada, { "if-match": "*" })).statusCode).toBe(200);
  });

  test("of what has ended is refused", async () => {
    const { id } = await hub.issue("ada", "personal_token", { expiresAt: hub.clock.now() + 1000 });
    hub.clock.advance({ seconds: 1 });
    const reply = await patch(id, { title: "x" });
    expect([reply.statusCode, reply.json().code]).toEqual([409, "credential_ended"]);
  });
});

describe("a list of addresses", () => {
  test("lets in those it names and tells the others no more than that", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    await patch(id, { addresses: ["192.0.2.0/24", "2001:db8::/32"] });
    for (const from of ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::1"]) {
      expect((await verify(secret, from)).statusCode, from).toBe(200);
    }
    for (const from of ["192.0.3.9", "2001:db9::1", "::ffff:192.0.3.1"]) {
      const refused = await verify(secret, from);
      expect(refused.statusCode, from).toBe(401);
      expect(refused.json().detail).toContain("is not good from this address");
      expect(refused.body).not.toContain("192.0.2");
    }
  });

  test("also binds what was made from the credential", async () => {
    const { secret, id } = await hub.issue("ada", "offline_token");
    const exchange = (from: string) =>
      hub.call({
        method: "POST",
        url: "/auth/realms/redhat-external/protocol/openid-connect/token",
        form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
        headers: { "x-forwarded-for": from },
      });
    const bearer = (await exchange("192.0.2.1")).json().access_token;
    await patch(id, { addresses: ["192.0.2.1"] });
    expect((await exchange("192.0.2.1")).statusCode).toBe(200);
    expect((await exchange("192.0.2.2")).statusCode).toBe(400);
    expect((await verify(bearer, "192.0.2.1")).statusCode).toBe(200);
    expect((await verify(bearer, "192.0.2.2")).statusCode).toBe(401);
  });

  test("does not keep anybody from ending the credential", async () => {
    const { secret, id } = await hub.issue("ada", "app_token");
    await patch(id, { addresses: ["192.0.2.1"] });
    await hub.call({ method: "POST", url: "/oauth/revoke", form: { token: secret } });
    expect((await hub.hub.credentials.find(id))?.end?.reason).toBe("revoked");
  });
});
