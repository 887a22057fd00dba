import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
let ada: string;

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada", { grants: ["repository:team/*:pull,push", "collection:acme.*:upload"] });
  ada = await hub.logIn("ada");
});

afterEach(() => hub.close());

interface View {
  readonly id: string;
  readonly state: string;
  readonly rotation: Record<string, unknown> | null;
  readonly revokedReason: string | null;
}
interface Rotated {
  readonly credential: View & Record<string, unknown>;
  readonly secret: string;
  readonly predecessor: View;
}

const send = (id: string, json: unknown = {}, bearer = ada) =>
  hub.call({ method: "POST", url: `${API}/credentials/${id}/rotate`, bearer, json });
async function rotate(id: string, json: unknown = {}): Promise<Rotated> {
  const reply = await send(id, json);
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json();
}
const refusal = async (id: string, json: unknown = {}) => {
  const reply = await send(id, json);
  return [reply.statusCode, reply.json().code];
};
const rotateSelf = (secret: string, json: unknown = {}, scheme = "Bearer") =>
  hub.call({ method: "POST", url: `${API}/rotate`, json, headers: { authorization: `${scheme} ${secret}` } });
const isGood = async (secret: string) => {
  const { statusCode } = await hub.call({ url: "/verify", bearer: secret });
  await hub.hub.firstUses.settle();
  return statusCode === 200;
};
/** Asks without using. */
const view = async (id: string): Promise<View> =>
  (await hub.call({ url: `${API}/credentials/${id}`, bearer: await hub.logIn("ada") })).json();
const state = async (id: string) => (await view(id)).state;
/** Without the notes of a secret that was shown after its rotation: those are written in the background. */
const actions = async (id: string) =>
  (await hub.context.store.read.audit.list({ credentialId: id, limit: 20 }))
    .map(({ action }) => action)
    .filter((action) => action !== "credential.reuse");
const issueToken = (options = {}) => hub.issue("ada", "personal_token", options);
const drop = (id: string) => hub.call({ method: "DELETE", url: `${API}/credentials/${id}`, bearer: ada });

describe("a rotation", () => {
  test("makes a successor that is as the old one was, with a life of its own", async () => {
    const old = await issueToken({
      title: "CI",
      scopes: ["repository:team/*:pull", "repository:gone/*:pull", "*:*:*"],
      expiresAt: hub.clock.now() + 10_000,
    });
    await hub.call({
      method: "PATCH",
      url: `${API}/credentials/${old.id}`,
      bearer: ada,
      json: { note: "n", selfRotate: true, addresses: ["127.0.0.0/8"] },
    });
    hub.clock.advance({ seconds: 5 });
    const { credential, predecessor } = await rotate(old.id);
    expect(credential).toMatchObject({
      title: "CI",
      note: "n",
      selfRotate: true,
      addresses: ["127.0.0.0/8"],
      scopes: ["repository:team/*:pull", "*:*:*"],
      owner: "ada",
      createdBy: "ada",
      expiresAt: new Date(hub.clock.now() + 10_000).toISOString(),
      lastUsedAt: null,
    });
    expect(credential.rotation).toMatchObject({
      role: "successor",
      generation: 2,
      otherId: old.id,
      mode: "first_use",
      endsAt: null,
      deadline: new Date(hub.clock.now() + 7 * 86_400_000).toISOString(),
    });
    expect(predecessor.rotation).toMatchObject({
      role: "predecessor",
      generation: 1,
      otherId: credential.id,
    });
    expect(await actions(credential.id)).toEqual(["credential.rotate"]);
  });

  test("ends the old one when the new one is first used, with one event", async () => {
    const old = await issueToken();
    const { secret, credential } = await rotate(old.id);
    expect(await isGood(old.secret)).toBe(true);
    expect(await isGood(secret)).toBe(true);
    expect([await isGood(old.secret), await isGood(secret)]).toEqual([false, true]);
    expect(await view(old.id)).toMatchObject({ state: "revoked", revokedReason: "rotated" });
    expect(await actions(old.id)).toEqual(["credential.revoke", "credential.issue"]);

    const told = await hub.call({ url: "/verify", bearer: old.secret });
    expect(told.json().detail).toMatch(/was rotated on 2025-01-08 .* http:\/\/hub\.test/);
    expect(await refusal(old.id)).toEqual([409, "credential_ended"]);
    expect((await rotate(credential.id)).credential.rotation?.generation).toBe(3);
  });

  test("by time ends the old one at its moment, used or not, without a sweep", async () => {
    const old = await issueToken();
    const { secret } = await rotate(old.id, { old: { mode: "timed", for: "1h" } });
    expect(await isGood(secret)).toBe(true);
    hub.clock.advance({ minutes: 59 });
    expect(await isGood(old.secret)).toBe(true);
    hub.clock.advance({ minutes: 1 });
    expect([await isGood(old.secret), await isGood(secret)]).toEqual([false, true]);
    expect(await hub.hub.jobs.run("watch-rotations")).toMatchObject({ done: 1 });
    expect(await actions(old.id)).toEqual(["credential.revoke", "credential.issue"]);
  });

  test("at once ends the old one with the answer", async () => {
    const old = await issueToken();
    const { secret, predecessor } = await rotate(old.id, { old: { mode: "now" } });
    expect(predecessor).toMatchObject({ state: "revoked", revokedReason: "rotated" });
    expect([await isGood(old.secret), await isGood(secret)]).toEqual([false, true]);
  });

  test("that nobody picked up is cancelled at its deadline, and the old one is as it was", async () => {
    const old = await issueToken();
    const { secret, credential } = await rotate(old.id, { old: { mode: "first_use", deadline: "1d" } });
    hub.clock.advance({ days: 1 });
    expect([await isGood(secret), await isGood(old.secret)]).toEqual([false, true]);
    await hub.hub.jobs.run("watch-rotations");
    expect(await view(credential.id)).toMatchObject({
      state: "revoked",
      revokedReason: "rotated",
      revokedNote: "never picked up",
    });
    expect((await view(old.id)).rotation).toBeNull();
    ada = await hub.logIn("ada");
    expect((await rotate(old.id)).credential.id).not.toBe(credential.id);
  });

  test("keeps a successor that was used, though the deadline passes", async () => {
    const old = await issueToken();
    const { secret } = await rotate(old.id, { old: { mode: "first_use", deadline: "1d" } });
    expect(await isGood(secret)).toBe(true);
    hub.clock.advance({ days: 2 });
    await hub.hub.jobs.run("watch-rotations");
    expect(await isGood(secret)).toBe(true);
  });

  // Without this a rotation of a token that is about to expire would end in an outage.
  test("keeps an unused successor beyond the deadline if the old one has ended meanwhile", async () => {
    for (const sweeps of [true, false]) {
      const old = await issueToken({ expiresAt: hub.clock.now() + 3_600_000 });
      ada = await hub.logIn("ada");
      const { secret } = await rotate(old.id, {
        old: { mode: "first_use", deadline: "2h" },
        expiresAt: new Date(hub.clock.now() + 86_400_000).toISOString(),
      });
      hub.clock.advance({ hours: 3 });
      if (sweeps) {
        await hub.hub.jobs.run("watch-rotations");
        await hub.hub.jobs.run("expire-credentials");
      }
      expect([await isGood(old.secret), await isGood(secret)]).toEqual([false, true]);
    }
  });
});

describe("in mode quiet", () => {
  const QUIET = { mode: "quiet", for: "2h", deadline: "1d" };

  test("the old one ends after the time without use, counted from the new one's first use", async () => {
    const old = await issueToken();
    const { secret } = await rotate(old.id, { old: QUIET });
    hub.clock.advance({ hours: 3 });
    expect(await isGood(old.secret)).toBe(true);
    expect(await isGood(secret)).toBe(true);
    hub.clock.advance({ minutes: 119 });
    expect(await isGood(old.secret)).toBe(true);
    hub.clock.advance({ minutes: 119 });
    await hub.hub.jobs.run("watch-rotations");
    expect(await state(old.id)).toBe("active");
    hub.clock.advance({ minutes: 1 });
    expect(await isGood(old.secret)).toBe(false);
    await hub.hub.jobs.run("watch-rotations");
    expect(await view(old.id)).toMatchObject({ state: "revoked", revokedReason: "rotated" });
  });

  test("an old one in use beyond the deadline stays, and that is told once", async () => {
    const old = await issueToken();
    const { secret } = await rotate(old.id, { old: QUIET });
    await isGood(secret);
    for (let hour = 0; hour < 26; hour += 1) {
      hub.clock.advance({ hours: 1 });
      expect(await isGood(old.secret)).toBe(true);
      await hub.hub.jobs.run("watch-rotations");
    }
    expect(await actions(old.id)).toEqual(["rotation.overdue", "credential.issue"]);
  });

  test("an old one in use ends at the deadline if that was asked for", async () => {
    const old = await issueToken();
    const { secret } = await rotate(old.id, { old: { ...QUIET, onDeadline: "end" } });
    await isGood(secret);
    for (let hour = 0; hour < 23; hour += 1) {
      hub.clock.advance({ hours: 1 });
      expect(await isGood(old.secret)).toBe(true);
    }
    hub.clock.advance({ hours: 1 });
    expect(await isGood(old.secret)).toBe(false);
  });
});

describe("a lost answer", () => {
  test("is repaired by asking again: the same successor, another secret, the unseen one dead", async () => {
    const old = await issueToken();
    const lost = await rotate(old.id);
    const again = await rotate(old.id, { old: { mode: "timed", for: "1d" }, title: "second" });
    expect(again.credential.id).toBe(lost.credential.id);
    expect(again.credential).toMatchObject({ title: "second", rotation: { mode: "timed", deadline: null } });
    expect(again.predecessor.rotation).toMatchObject({ mode: "timed" });
    expect([await isGood(lost.secret), await isGood(again.secret), await isGood(old.secret)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("is repaired in mode now as well, though the old one has ended", async () => {
    const old = await issueToken();
    const lost = await rotate(old.id, { old: { mode: "now" } });
    const again = await rotate(old.id);
    expect(again.credential.id).toBe(lost.credential.id);
    expect([await isGood(lost.secret), await isGood(again.secret), await isGood(old.secret)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(await refusal(old.id)).toEqual([409, "credential_ended"]);
  });

  test("is told from a second rotation once the new secret is in use", async () => {
    const old = await issueToken();
    const { secret, credential } = await rotate(old.id, { old: { mode: "timed", for: "1d" } });
    await isGood(secret);
    const reply = await send(old.id);
    expect([reply.statusCode, reply.json()]).toMatchObject([
      409,
      {
        code: "rotation_complete",
        successorId: credential.id,
        firstUsedAt: new Date(hub.clock.now()).toISOString(),
      },
    ]);
  });
});

describe("at most two generations live", () => {
  test("so a successor waits until its predecessor has ended", async () => {
    const old = await issueToken();
    const { secret, credential } = await rotate(old.id, { old: { mode: "timed", for: "1d" } });
    expect(await refusal(credential.id)).toEqual([409, "rotation_underway"]);
    expect(await refusal(credential.id, { old: { mode: "now" } })).toEqual([409, "rotation_underway"]);
    await isGood(secret);
    expect(await refusal(credential.id)).toEqual([409, "rotation_underway"]);

    const third = await rotate(credential.id, { old: { mode: "now" } });
    expect([await isGood(old.secret), await isGood(secret), await isGood(third.secret)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("and ending the old one early, or the unused new one, ends the rotation", async () => {
    const old = await issueToken();
    const first = await rotate(old.id);
    await drop(first.credential.id);
    expect(await view(old.id)).toMatchObject({ state: "active", rotation: null });

    const second = await rotate(old.id, { old: { mode: "first_use", deadline: "1h" } });
    await drop(old.id);
    hub.clock.advance({ hours: 2 });
    expect(await isGood(second.secret)).toBe(true);
  });

  test("also in the one slot of a kind, where vendors see the newer", async () => {
    const old = await hub.issue("ada", "hub_token");
    const { secret, credential } = await rotate(old.id, { old: { mode: "timed", for: "1d" } });
    expect([await isGood(old.secret), await isGood(secret)]).toEqual([true, true]);
    const account = await hub.hub.accounts.get("ada");
    expect((await hub.hub.credentials.inSlot(account, "hub_token", null))?.id).toBe(credential.id);

    await hub.call({ method: "DELETE", url: "/api/galaxy/v3/auth/token/", bearer: ada });
    expect([await isGood(old.secret), await isGood(secret)]).toEqual([false, false]);
  });

  test("and making one by the vendor's own path ends both", async () => {
    const old = await hub.issue("ada", "hub_token");
    const { secret } = await rotate(old.id, { old: { mode: "timed", for: "1d" } });
    const { token } = (
      await hub.call({ method: "POST", url: "/api/galaxy/v3/auth/token/", bearer: ada })
    ).json();
    expect([await isGood(old.secret), await isGood(secret), await isGood(token)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

test("a replaced one stays good for the overlap that the operator allows", async () => {
  await hub.close();
  hub = await createHarness({ policy: { replaceOverlapMs: 3_600_000 } });
  await hub.addUser("ada");
  const [first, second, third] = [
    await hub.issue("ada", "hub_token"),
    await hub.issue("ada", "hub_token"),
    await hub.issue("ada", "hub_token"),
  ];
  const secrets = [first.secret, second.secret, third.secret];
  expect(await Promise.all(secrets.map(isGood))).toEqual([false, true, true]);
  hub.clock.advance({ hours: 1 });
  expect(await Promise.all(secrets.map(isGood))).toEqual([false, false, true]);
});

describe("who may", () => {
  test("the owner after a fresh log-in; an administrator never gets somebody else's secret", async () => {
    const { id } = await issueToken();
    expect((await send(id, {}, await hub.logIn("root"))).json().code).toBe("forbidden");
    await hub.addUser("bob");
    expect((await send(id, {}, await hub.logIn("bob"))).statusCode).toBe(404);
    hub.clock.advance({ minutes: 11 });
    expect(await refusal(id)).toEqual([401, "fresh_login_required"]);
    const strong = await issueToken({ scopes: ["user:admin"] });
    expect((await send(id, {}, strong.secret)).statusCode).toBe(201);
    const weak = await issueToken();
    expect((await send(id, {}, weak.secret)).statusCode).toBe(403);
  });

  test("nobody where nothing is left, nor a frozen or ended one", async () => {
    const { id } = await issueToken({ scopes: ["repository:elsewhere/*:pull"] });
    expect(await refusal(id)).toEqual([409, "nothing_left"]);
    const frozen = await issueToken();
    await hub.call({ method: "POST", url: `${API}/credentials/${frozen.id}/freeze`, bearer: ada, json: {} });
    expect(await refusal(frozen.id)).toEqual([409, "credential_frozen"]);
    await drop(frozen.id);
    expect(await refusal(frozen.id)).toEqual([409, "credential_ended"]);
  });

  test.each([
    [{ old: { mode: "timed" } }, "malformed_request"],
    [{ old: { mode: "timed", for: "31d" } }, "malformed_request"],
    [{ old: { mode: "timed", for: "0s" } }, "malformed_request"],
    [{ old: { mode: "now", for: "1d" } }, "malformed_request"],
    [{ old: { mode: "quiet", deadline: "1d" } }, "malformed_request"],
    [{ old: { mode: "never" } }, "malformed_request"],
    [{ expiresAt: "2020-01-01T00:00:00Z" }, "malformed_request"],
    [{ scopes: ["*:*:*"] }, "unknown_field"],
  ])("nobody by a request that says %j", async (json, code) => {
    expect(await refusal((await issueToken()).id, json)).toEqual([400, code]);
  });
});

describe("a secret that rotates itself", () => {
  const issueSelf = async (kind: "personal_token" | "offline_token" = "personal_token") => {
    const reply = await hub.call({
      method: "POST",
      url: `${API}/credentials`,
      bearer: ada,
      json: { kind, scopes: kind === "personal_token" ? ["*:*:*"] : undefined, selfRotate: true },
    });
    return { secret: reply.json().secret as string, id: reply.json().credential.id as string };
  };

  test.each(["personal_token", "offline_token"] as const)("a %s may where that was chosen", async (kind) => {
    const old = await issueSelf(kind);
    const lost = await rotateSelf(old.secret);
    expect(lost.statusCode).toBe(201);
    const again = await rotateSelf(old.secret, {}, "token");
    expect(again.json().credential.id).toBe(lost.json().credential.id);
    expect(again.json().secret).not.toBe(lost.json().secret);
    expect((await rotateSelf(lost.json().secret)).statusCode).toBe(401);
    // To ask is no use: the old one goes on.
    const early = await rotateSelf(again.json().secret);
    expect([early.statusCode, early.json().code]).toEqual([409, "rotation_underway"]);
    expect(await state(old.id)).toBe("active");
  });

  test("none may else, nor a session, nor one that has ended", async () => {
    const plain = await issueToken();
    const refused = await rotateSelf(plain.secret);
    expect([refused.statusCode, refused.json().code]).toEqual([403, "self_rotation_off"]);
    expect((await rotateSelf(ada)).statusCode).toBe(401);
    expect((await hub.call({ method: "POST", url: `${API}/rotate`, json: {} })).json().code).toBe(
      "unauthenticated",
    );
    const old = await issueSelf();
    await rotateSelf(old.secret, { old: { mode: "now" } });
    expect((await rotateSelf(old.secret)).statusCode).toBe(401);
  });

  test("as the original has it: an API token at its own path, at once", async () => {
    const { token } = (
      await hub.call({ method: "POST", url: "/api/galaxy/v3/auth/token/", bearer: ada })
    ).json();
    const renew = (secret: string) =>
      hub.call({
        method: "POST",
        url: "/api/galaxy/v3/auth/token/",
        headers: { authorization: `Token ${secret}` },
      });
    const next = await renew(token);
    expect(next.statusCode).toBe(200);
    expect(await isGood(token)).toBe(false);
    expect((await renew(next.json().token)).statusCode).toBe(200);
    expect(await isGood(next.json().token)).toBe(false);
  });
});
