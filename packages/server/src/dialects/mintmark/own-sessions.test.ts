import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const NEW_PASSWORD = "another good password";

describe.each(STORES)("one's own password and sessions, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let name = "";
  let serial = 0;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("root", { role: "admin" });
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  beforeEach(async () => {
    serial += 1;
    name = `user-${serial}`;
    await hub.addUser(name);
  });

  const change = (caller: { bearer?: string; headers?: Record<string, string> }, json: object) =>
    hub.call({ method: "PUT", url: `${API}/password`, json, ...caller });
  const signIn = (password: string, headers: Record<string, string> = {}) =>
    hub.call({ method: "POST", url: `${API}/session`, json: { username: name, password }, headers });
  const isIn = async (bearer: string) =>
    (await hub.call({ url: `${API}/session`, bearer })).statusCode === 200;
  const actions = async () => {
    const { events } = (
      await hub.call({ url: `${API}/audit?limit=200`, bearer: await hub.logIn("root") })
    ).json() as { events: { owner: string | null; action: string; details: object }[] };
    return events.filter(({ owner }) => owner === name);
  };

  test("a changed password ends the other sessions, keeps this one, and ends no credential", async () => {
    const [mine, other] = [await hub.logIn(name), await hub.logIn(name)];
    const { id } = await hub.issue(name, "app_token", { title: "ci" });

    const reply = await change({ bearer: mine }, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });

    expect(reply.statusCode).toBe(204);
    expect([await isIn(mine), await isIn(other)]).toEqual([true, false]);
    expect((await signIn(PASSWORD)).statusCode).toBe(401);
    expect((await signIn(NEW_PASSWORD)).statusCode).toBe(201);
    expect((await hub.call({ url: `${API}/credentials/${id}`, bearer: mine })).json().state).toBe("active");
    expect((await actions()).find(({ action }) => action === "account.change_password")?.details).toEqual({
      sessionsEnded: 1,
      credentialsEnded: 0,
    });
  });

  test("a changed password ends the credentials as well where that is asked for", async () => {
    const bearer = await hub.logIn(name);
    const { id, secret } = await hub.issue(name, "hub_token");

    await change(
      { bearer },
      { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, revokeCredentials: true },
    );

    const ended = (await hub.call({ url: `${API}/credentials/${id}`, bearer })).json();
    expect([ended.state, ended.revokedReason]).toEqual(["revoked", "password_reset"]);
    expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).toBe(401);
    expect((await actions()).map(({ action }) => action)).toContain("credential.revoke");
  });

  // Zen gives a bearer for a password: somebody who knew the old one must not keep it.
  test("a bearer that came from the old password ends with it", async () => {
    const { token } = (
      await hub.call({
        method: "POST",
        url: "/icp4d-api/v1/authorize",
        json: { username: name, password: PASSWORD },
      })
    ).json();
    const me = () => hub.call({ url: "/usermgmt/v1/user/currentUserInfo", bearer: token });
    expect((await me()).statusCode).toBe(200);

    await change({ bearer: await hub.logIn(name) }, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });

    expect((await me()).statusCode).toBe(401);
  });

  test("the current password is asked for, under the brake of log-ins", async () => {
    const bearer = await hub.logIn(name);
    const wrong = () => change({ bearer }, { currentPassword: "not it at all", newPassword: NEW_PASSWORD });

    for (let count = 0; count < 10; count += 1) {
      const reply = await wrong();
      expect([reply.statusCode, reply.json().code]).toEqual([401, "invalid_login"]);
    }
    const braked = await change({ bearer }, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });
    expect([braked.statusCode, Number(braked.headers["retry-after"]) > 0]).toEqual([429, true]);
    hub.clock.advance({ minutes: 15 });
    expect((await signIn(PASSWORD)).statusCode).toBe(201);
  });

  test("a password that is too short, a forgotten field and an unknown one are refused", async () => {
    const bearer = await hub.logIn(name);
    const problem = async (json: object) => {
      const { code, field } = (await change({ bearer }, json)).json();
      return [code, field];
    };

    expect(await problem({ currentPassword: PASSWORD, newPassword: "short" })).toEqual([
      "malformed_request",
      "newPassword",
    ]);
    expect(await problem({ currentPassword: PASSWORD })).toEqual(["malformed_request", "newPassword"]);
    expect(await problem({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD, username: "root" })).toEqual(
      ["unknown_field", "username"],
    );
  });

  // A page of somebody else's sends the cookie along; a stolen token must not lock its owner out.
  test("neither a cookie without its CSRF token nor a personal token changes a password", async () => {
    const { cookie = "" } = await hub.logInByCookie(name);
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const { secret } = await hub.issue(name, "personal_token", { title: "mine", scopes: ["user:admin"] });

    expect((await change({ headers: { cookie } }, body)).json().code).toBe("csrf_failed");
    expect((await change({ bearer: secret }, body)).statusCode).toBe(401);
    expect((await signIn(PASSWORD)).statusCode).toBe(201);
  });

  test("people see where they are signed in, and end what they do not know", async () => {
    const headers = await hub.logInByCookie(name);
    const other = await hub.logIn(name);
    const list = async () => (await hub.call({ url: `${API}/sessions`, headers })).json().sessions;

    const sessions = await list();
    expect(sessions.map(({ current }: { current: boolean }) => current)).toContain(true);
    const [stranger] = sessions.filter(({ current }: { current: boolean }) => !current);
    expect(stranger).toMatchObject({ address: "192.0.2.1", agent: "test", current: false });

    const end = (id: string, by: Record<string, string>) =>
      hub.call({ method: "DELETE", url: `${API}/sessions/${id}`, headers: by });
    const { cookie = "" } = headers;
    expect((await end(stranger.id, { cookie })).json().code).toBe("csrf_failed");
    const root = { authorization: `Bearer ${await hub.logIn("root")}` };
    expect((await end(stranger.id, root)).statusCode).toBe(404);
    expect((await end(stranger.id, headers)).statusCode).toBe(204);
    expect((await end(stranger.id, headers)).statusCode).toBe(404);
    expect((await end("x", headers)).statusCode).toBe(404);
    expect(await isIn(other)).toBe(false);
    expect(await list()).toHaveLength(1);
  });

  test("signing out everywhere else leaves this session and nobody else's", async () => {
    const bearer = await hub.logIn(name);
    const others = [await hub.logIn(name), await hub.logIn(name)];
    const root = await hub.logIn("root");

    const reply = await hub.call({ method: "DELETE", url: `${API}/sessions`, bearer });

    expect(reply.json()).toEqual({ ended: 2 });
    expect(await Promise.all([bearer, root, ...others].map(isIn))).toEqual([true, true, false, false]);
  });

  test("sessions come in pages, without those whose time is over", async () => {
    await hub.logIn(name);
    hub.clock.advance({ hours: 12 });
    const bearer = await hub.logIn(name);
    await hub.logIn(name);
    await hub.logIn(name);
    const page = async (query: string) =>
      (await hub.call({ url: `${API}/sessions?${query}`, bearer })).json();

    const first = await page("limit=2");
    const second = await page(`limit=2&cursor=${first.nextCursor}`);

    expect([first.sessions.length, second.sessions.length, second.nextCursor]).toEqual([2, 1, null]);
    expect((await hub.call({ url: `${API}/sessions?cursor=x`, bearer })).statusCode).toBe(400);
  });

  // A browser keeps one cookie: the session before would live on, unseen, until its time is over.
  test.each([
    ["our own API", () => [`${API}/session`, { username: name, password: PASSWORD }] as const],
    ["Quay's", () => ["/api/v1/signin", { username: name, password: PASSWORD }] as const],
  ])("signing in again by %s ends the session that the browser has", async (_which, call) => {
    const opened = await hub.hub.sessions.open(name, PASSWORD, { address: "192.0.2.1", agent: "test" });
    const earlier = opened.secret.reveal();
    const bystander = await hub.logIn(name);
    const headers = { cookie: `mintmark_session=${opened.cookie.reveal()}` };
    expect((await signIn("not the password", headers)).statusCode).toBe(401);
    expect(await isIn(earlier)).toBe(true);

    const [url, json] = call();
    expect((await hub.call({ method: "POST", url, json, headers })).statusCode).toBeLessThan(300);

    expect([await isIn(earlier), await isIn(bystander)]).toEqual([false, true]);
    expect((await signIn(PASSWORD, { cookie: "mintmark_session=mms_nothing" })).statusCode).toBe(201);
  });
});
