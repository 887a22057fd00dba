import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const SESSION = "/api/mintmark/v1/session";

describe.each(STORES)("signing in, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("ada");
    await hub.addUser("gone");
    await hub.hub.accounts.create({ username: "root", role: "admin", password: PASSWORD }, nobody);
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  test("a right password opens a session, by bearer and by cookie", async () => {
    const reply = await hub.call({
      method: "POST",
      url: SESSION,
      json: { username: "ADA", password: PASSWORD },
    });

    expect(reply.statusCode).toBe(201);
    expect(reply.headers["cache-control"]).toBe("no-store");
    expect(reply.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^mintmark_session=mmk_\w+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(
        /^mintmark_browser=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    const { accessToken, tokenType, expiresIn, user } = reply.json();
    expect({ tokenType, expiresIn, username: user.username }).toEqual({
      tokenType: "Bearer",
      expiresIn: 43_200,
      username: "ada",
    });
    const me = await hub.call({ url: SESSION, bearer: accessToken });
    expect(me.json().user.username).toBe("ada");
  });

  // An attacker must not learn which of user, password or state was wrong.
  test("an unknown user, a wrong password and a disabled account are refused alike", async () => {
    await hub.hub.accounts.update("gone", { disabled: true }, nobody);
    const attempts = [
      { username: "nobody-here", password: PASSWORD },
      { username: "ada", password: "not the right one" },
      { username: "gone", password: PASSWORD },
    ];

    const replies = await Promise.all(
      attempts.map((json) => hub.call({ method: "POST", url: SESSION, json })),
    );

    for (const reply of replies) {
      expect(reply.statusCode).toBe(401);
      const { requestId, ...same } = reply.json();
      expect(requestId).toBeTypeOf("string");
      expect(same).toEqual({
        type: "urn:mintmark:error:invalid_login",
        title: "The user name or the password is wrong.",
        status: 401,
        code: "invalid_login",
      });
    }
  });

  test("a cookie alone changes nothing: the CSRF token must come with it", async () => {
    const { cookie = "", "x-csrf-token": token = "" } = await hub.logInByCookie("ada");
    const create = (headers: Record<string, string>) =>
      hub.call({ method: "POST", url: "/api/mintmark/v1/credentials", json: { kind: "hub_token" }, headers });

    expect((await create({ cookie })).json().code).toBe("csrf_failed");
    expect((await create({ cookie, "x-csrf-token": `${token}x` })).statusCode).toBe(403);
    expect((await create({ cookie, "x-csrf-token": token })).statusCode).toBe(201);
  });

  test("a session is gone after signing out", async () => {
    const bearer = await hub.logIn("ada");

    expect((await hub.call({ method: "DELETE", url: SESSION, bearer })).statusCode).toBe(204);
    expect((await hub.call({ url: SESSION, bearer })).statusCode).toBe(401);
  });

  test("a session ends with its lifetime", async () => {
    const bearer = await hub.logIn("ada");

    hub.clock.advance({ hours: 12, ms: -1 });
    expect((await hub.call({ url: SESSION, bearer })).statusCode).toBe(200);
    hub.clock.advance({ ms: 1 });
    expect((await hub.call({ url: SESSION, bearer })).statusCode).toBe(401);
  });

  test("making a secret needs a password given lately; looking and revoking do not", async () => {
    const bearer = await hub.logIn("ada");
    const { id } = await hub.issue("ada", "app_token", { title: "ci" });

    hub.clock.advance({ minutes: 10 });

    const made = await hub.call({
      method: "POST",
      url: "/api/mintmark/v1/credentials",
      json: { kind: "hub_token" },
      bearer,
    });
    expect([made.statusCode, made.json().code]).toEqual([401, "fresh_login_required"]);
    expect((await hub.call({ url: `/api/mintmark/v1/credentials/${id}`, bearer })).statusCode).toBe(200);
    expect(
      (await hub.call({ method: "DELETE", url: `/api/mintmark/v1/credentials/${id}`, bearer })).statusCode,
    ).toBe(204);
  });

  test("ten wrong passwords for one account are answered with the time to wait, and nobody else is locked out", async () => {
    await hub.addUser("victim");
    const attempt = (username: string, password: string) =>
      hub.call({ method: "POST", url: SESSION, json: { username, password } });
    for (let count = 0; count < 10; count += 1) {
      expect((await attempt("victim", "wrong password")).statusCode).toBe(401);
    }

    const braked = await attempt("victim", PASSWORD);

    expect(braked.statusCode).toBe(429);
    expect(Number(braked.headers["retry-after"])).toBeGreaterThan(0);
    expect((await attempt("ada", PASSWORD)).statusCode).toBe(201);
    hub.clock.advance({ minutes: 15 });
    expect((await attempt("victim", PASSWORD)).statusCode).toBe(201);
  });
});

const nobody = anonymousCaller({ address: null, agent: "test" });
