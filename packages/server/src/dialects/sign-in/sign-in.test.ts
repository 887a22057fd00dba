import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GroupRules } from "../../core/provider/ports.ts";
import { FakeProvider } from "../../testing/fake-provider.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const START = "/sign-in/oidc";
const LOGOUT = "/sign-in/oidc/backchannel-logout";
const API = "/api/mintmark/v1";

const RULES: GroupRules = {
  admin: "hub-admins",
  auditor: "hub-auditors",
  required: "staff",
  foldsCase: false,
};

describe.each(STORES)("on %s,", (storeName) => {
  let store: StoreChoice;
  let provider: FakeProvider;
  let hub: Harness;
  let root: string;

  beforeAll(async () => {
    provider = await FakeProvider.start();
    store = await chooseStore(storeName);
    hub = await createHarness({
      openStore: store.openStore,
      signIn: (clock) => provider.setup(clock, RULES),
    });
    await hub.addUser("root", { role: "admin" });
    root = await hub.logIn("root");
  }, 60_000);

  afterEach(() => {
    provider.spoil = (claims) => claims;
    provider.unsigned = false;
    provider.tokenError = null;
  });

  afterAll(async () => {
    await hub.close();
    await provider.stop();
    await store.remove();
  });

  function become(
    name: string,
    groups: readonly string[] = ["staff"],
    more: Record<string, unknown> = {},
  ): void {
    provider.person = { sub: `sub-${name}`, claims: { preferred_username: name, groups, ...more } };
  }

  const cookiesOf = (reply: { headers: Record<string, unknown> }): string =>
    [reply.headers["set-cookie"] ?? []]
      .flat()
      .map((line) => String(line).split(";")[0])
      .filter((pair) => !String(pair).endsWith("="))
      .join("; ");

  async function start(query = "?return=/overview") {
    const reply = await hub.call({ url: `${START}${query}` });
    return { reply, location: String(reply.headers.location), cookie: cookiesOf(reply) };
  }

  async function signIn(query?: string) {
    const { location, cookie } = await start(query);
    return hub.call({ url: provider.agree(location), headers: { cookie } });
  }

  const session = (cookie: string) => hub.call({ url: `${API}/session`, headers: { cookie } });
  const user = async (name: string) => (await hub.call({ url: `${API}/users/${name}`, bearer: root })).json();
  const actions = async (action: string) =>
    (await hub.call({ url: `${API}/audit?action=${action}&limit=50`, bearer: root })).json().events as {
      details: Record<string, unknown>;
    }[];

  describe("a sign-in at the provider", () => {
    test("begins with PKCE, state and nonce, and ends where the person was, with a fresh session", async () => {
      become("ada", ["staff"], { name: "Ada", email: "ada@example.test", email_verified: true });
      const { reply, location, cookie } = await start("?return=/device%3Fuser_code%3DABCD");
      expect(reply.statusCode).toBe(302);
      const asked = new URL(location).searchParams;
      expect(asked.get("code_challenge_method")).toBe("S256");
      expect(asked.get("redirect_uri")).toBe("http://hub.test/sign-in/oidc/callback");
      expect([asked.get("state")?.length, asked.get("nonce")?.length]).toEqual([43, 43]);
      expect(String(reply.headers["set-cookie"])).toMatch(/HttpOnly; SameSite=Lax/);

      const back = await hub.call({ url: provider.agree(location), headers: { cookie } });
      expect([back.statusCode, back.headers.location]).toEqual([303, "/device?user_code=ABCD"]);
      const seen = await session(cookiesOf(back));
      expect(seen.json().user).toMatchObject({
        username: "ada",
        displayName: "Ada",
        email: "ada@example.test",
        role: "member",
        provider: "oidc",
        suspended: false,
      });
      expect(Date.parse(seen.json().freshUntil)).toBeGreaterThan(hub.clock.now());
    });

    test("asks the provider for a recent log-in when the hub needs a fresh one", async () => {
      expect(new URL((await start("?fresh=1")).location).searchParams.get("max_age")).toBe("600");
      become("ada");
      provider.spoil = (claims) => ({ ...claims, auth_time: Number(claims["auth_time"]) - 3_600 });
      expect((await signIn("?fresh=1")).statusCode).toBe(400);
    });

    test("groups decide role and teams at each sign-in, and what was given by hand stays", async () => {
      for (const json of [{ name: "ops", externalGroup: "ops-group" }, { name: "hand" }]) {
        await hub.call({ method: "POST", url: `${API}/teams`, bearer: root, json });
      }
      become("bea", ["staff", "hub-admins", "ops-group"]);
      await signIn();
      await hub.call({ method: "PUT", url: `${API}/teams/hand/members/bea`, bearer: root });
      expect(await user("bea")).toMatchObject({
        role: "admin",
        teams: ["hand", "ops"],
        externalTeams: ["ops"],
      });

      become("bea", ["staff", "hub-auditors"]);
      await signIn();
      expect(await user("bea")).toMatchObject({ role: "auditor", teams: ["hand"] });
      become("bea", ["staff"]);
      await signIn();
      expect((await user("bea")).role).toBe("member");
    });

    test("a renamed person keeps the account, and an unverified address is not taken", async () => {
      become("cleo", ["staff"], { email: "cleo@example.test", email_verified: false });
      await signIn();
      provider.person = { sub: "sub-cleo", claims: { preferred_username: "cleopatra", groups: ["staff"] } };
      const back = await signIn();
      expect((await session(cookiesOf(back))).json().user).toMatchObject({ username: "cleo", email: null });
    });

    test.each([
      ["the user name is taken, by a local account", { preferred_username: "ROOT" }, "username_taken"],
      [
        "the claim is missing, though there is an address",
        { email: "x@y.test", email_verified: true },
        "no_username",
      ],
      ["the claim is no text", { preferred_username: 7 }, "no_username"],
      ["the name cannot be one here", { preferred_username: "a/b" }, "bad_username"],
    ])("is refused with a page when %s", async (_what, claims, reason) => {
      provider.person = { sub: `refused-${reason}`, claims: { groups: ["staff"], ...claims } };
      const back = await signIn();
      expect([back.statusCode, back.headers["content-type"]]).toEqual([403, "text/html; charset=utf-8"]);
      expect(cookiesOf(back)).not.toContain("mintmark_session");
      expect((await actions("account.link_refused"))[0]?.details["reason"]).toBe(reason);
    });

    test("somebody outside the required group, or with no groups claim at all, is refused", async () => {
      become("outsider", ["guests"]);
      expect((await signIn()).statusCode).toBe(403);
      provider.person = { sub: "none", claims: { preferred_username: "none" } };
      expect((await signIn()).statusCode).toBe(403);
      expect((await hub.call({ url: `${API}/users/none`, bearer: root })).statusCode).toBe(404);
    });

    test("a disabled account stays out", async () => {
      become("dora");
      await signIn();
      await hub.call({ method: "PATCH", url: `${API}/users/dora`, bearer: root, json: { disabled: true } });
      expect((await signIn()).statusCode).toBe(403);
    });
  });

  describe("what does not fit is a page with a 4xx and no session", () => {
    const refused = (reply: { statusCode: number; headers: Record<string, unknown> }) => {
      expect([reply.statusCode, reply.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
      expect(cookiesOf(reply)).not.toContain("mintmark_session");
    };

    test.each([
      ["another nonce", { nonce: "other" }],
      ["another issuer", { iss: "http://127.0.0.1:1" }],
      ["another audience", { aud: "somebody-else" }],
      ["no subject", { sub: undefined }],
      ["a token that is past its end", { exp: 1 }],
    ])("%s in the ID token", async (_what, spoiled) => {
      become("mallory");
      provider.spoil = (claims) => ({ ...claims, ...spoiled });
      refused(await signIn());
    });

    test("an ID token that nobody signed", async () => {
      become("mallory");
      provider.unsigned = true;
      refused(await signIn());
    });

    test("a state of another sign-in, and a callback in a browser that began none", async () => {
      become("mallory");
      const [one, two] = [await start(), await start()];
      refused(await hub.call({ url: provider.agree(one.location), headers: { cookie: two.cookie } }));
      refused(await hub.call({ url: provider.agree(one.location) }));
      refused(await hub.call({ url: `${START}/callback` }));
    });

    test("another provider's answer to this sign-in", async () => {
      become("mallory");
      const { location, cookie } = await start();
      const url = provider.agree(location).replace(/iss=[^&]*/, "iss=https%3A%2F%2Fevil.test");
      refused(await hub.call({ url, headers: { cookie } }));
    });

    test("a code that was used, and a sign-in that took too long", async () => {
      become("eve");
      const { location, cookie } = await start();
      const url = provider.agree(location);
      expect((await hub.call({ url, headers: { cookie } })).statusCode).toBe(303);
      refused(await hub.call({ url, headers: { cookie } }));
      const late = await start();
      hub.clock.advance({ minutes: 11 });
      refused(await hub.call({ url: provider.agree(late.location), headers: { cookie: late.cookie } }));
      root = await hub.logIn("root");
    });

    test("a person who says no, and a provider that fails", async () => {
      const { location, cookie } = await start();
      const state = encodeURIComponent(new URL(location).searchParams.get("state") ?? "");
      const iss = encodeURIComponent(provider.issuer);
      const url = `${START}/callback?error=access_denied&state=${state}&iss=${iss}`;
      refused(await hub.call({ url, headers: { cookie } }));
      become("frank");
      provider.tokenError = { status: 500, error: "server_error" };
      refused(await signIn());
    });

    test.each(["https://evil.test/", "//evil.test", "/\\evil.test", "evil", "/a\\b"])(
      "a return to %s",
      async (target) => {
        const reply = await hub.call({ url: `${START}?return=${encodeURIComponent(target)}` });
        expect(reply.statusCode).toBe(400);
        expect(reply.headers.location).toBeUndefined();
      },
    );
  });

  describe("a recheck", () => {
    const recheck = async () => {
      hub.clock.advance({ hours: 1, seconds: 1 });
      root = await hub.logIn("root");
      await hub.hub.jobs.run("recheck-oidc");
    };
    const verify = async (secret: string) => (await hub.call({ url: "/verify", bearer: secret })).statusCode;

    test("that is refused twice suspends: sessions end, credentials freeze, and thaw when the provider says yes", async () => {
      become("gina");
      const cookie = cookiesOf(await signIn());
      const { secret } = await hub.issue("gina", "personal_token");
      const own = await hub.issue("gina", "personal_token");
      const frozen = { method: "POST" as const, url: `${API}/credentials/${own.id}/freeze`, bearer: root };
      await hub.call({ ...frozen, json: { reason: "lost" } });

      provider.tokenError = { status: 400, error: "invalid_grant" };
      await recheck();
      expect([await verify(secret), (await user("gina")).suspended]).toEqual([200, false]);
      await recheck();
      expect([await verify(secret), (await user("gina")).suspended]).toEqual([401, true]);
      expect((await session(cookie)).statusCode).toBe(401);

      provider.tokenError = null;
      await recheck();
      expect([await verify(secret), (await user("gina")).suspended]).toEqual([200, false]);
      expect(await verify(own.secret)).toBe(401);
    });

    test.each([
      ["a rotated client secret", { status: 401, error: "invalid_client" }],
      ["an outage", { status: 503, error: "temporarily_unavailable" }],
    ])("that meets %s changes nothing", async (_what, tokenError) => {
      become("hugo");
      await signIn();
      provider.tokenError = tokenError;
      await recheck();
      await recheck();
      await recheck();
      expect((await user("hugo")).suspended).toBe(false);
    });

    test("takes the role with the group, and suspends who lost the required group until she signs in again", async () => {
      become("iris", ["staff", "hub-admins"]);
      await signIn();
      become("iris", ["staff"]);
      await recheck();
      expect((await user("iris")).role).toBe("member");
      become("iris", []);
      await recheck();
      await recheck();
      expect((await user("iris")).suspended).toBe(true);
      become("iris", ["staff"]);
      await signIn();
      expect((await user("iris")).suspended).toBe(false);
    });
  });

  describe("a back-channel logout", () => {
    const logOut = async (claims: Record<string, unknown>) =>
      hub.call({
        method: "POST",
        url: LOGOUT,
        form: { logout_token: await provider.logoutToken(claims, hub.clock.now()) },
      });

    test("ends all sessions of the person, and no credential", async () => {
      become("jane");
      const cookie = cookiesOf(await signIn());
      const { secret } = await hub.issue("jane", "personal_token");
      const reply = await logOut({ sub: "sub-jane", jti: "jane-1" });
      expect([reply.statusCode, reply.headers["cache-control"]]).toEqual([200, "no-store"]);
      expect((await session(cookie)).statusCode).toBe(401);
      expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).toBe(200);
    });

    test("with a session id alone ends that one", async () => {
      become("kate", ["staff"], { sid: "sid-1" });
      const one = cookiesOf(await signIn());
      become("kate", ["staff"], { sid: "sid-2" });
      const two = cookiesOf(await signIn());
      expect((await logOut({ sid: "sid-1", jti: "kate-1" })).statusCode).toBe(200);
      expect([(await session(one)).statusCode, (await session(two)).statusCode]).toEqual([401, 200]);
    });

    test.each([
      ["a nonce", { sub: "s", nonce: "n", jti: "b1" }],
      ["no logout event", { sub: "s", events: {}, jti: "b2" }],
      ["neither person nor session", { jti: "b3" }],
      ["another audience", { sub: "s", aud: "else", jti: "b4" }],
      ["another issuer", { sub: "s", iss: "http://x", jti: "b5" }],
      ["an old date", { sub: "s", iat: 1, jti: "b6" }],
      ["no id", { sub: "s", jti: undefined }],
    ])("with %s is refused", async (_what, claims) => {
      const reply = await logOut(claims);
      expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_request"]);
      expect(reply.headers["cache-control"]).toBe("no-store");
    });

    test("that comes a second time, or is no token at all, is refused", async () => {
      expect((await logOut({ sub: "s", jti: "twice" })).statusCode).toBe(200);
      expect((await logOut({ sub: "s", jti: "twice" })).statusCode).toBe(400);
      const junk = { method: "POST" as const, url: LOGOUT, form: { logout_token: "x.y.z" } };
      expect((await hub.call(junk)).statusCode).toBe(400);
    });
  });

  describe("local sign-in", () => {
    test("has a form at its own address that takes a local account in and back", async () => {
      const page = await hub.call({ url: "/sign-in/local?return=/admin" });
      expect([page.statusCode, page.body.includes("Sign in with Example")]).toEqual([200, true]);
      const form = { username: "root", password: "correct horse battery", return: "/admin" };
      const reply = await hub.call({ method: "POST", url: "/sign-in/local", form });
      expect([reply.statusCode, reply.headers.location]).toEqual([303, "/admin"]);
      const away = { ...form, return: "//evil.test" };
      const safe = await hub.call({ method: "POST", url: "/sign-in/local", form: away });
      expect(safe.headers.location).toBe("/");
    });

    test("when hidden is on no page but its own, where an administrator gets in without the provider", async () => {
      const hidden = await createHarness({
        signIn: (clock) => ({ ...provider.setup(clock, RULES), local: "hidden" }),
      });
      await hidden.addUser("root", { role: "admin" });
      const device = await hidden.call({ url: "/device?user_code=ABCD-EFGH" });
      expect(device.body).not.toContain('type="password"');
      expect(device.body).toContain('href="/sign-in/local?return=%2Fdevice%3Fuser_code%3DABCD-EFGH"');
      expect(device.body).toContain("Sign in with Example");
      const choices = await hidden.call({ url: `${API}/sign-in` });
      expect(choices.json()).toEqual({ provider: "Example", local: false });
      const page = await hidden.call({ url: "/sign-in/local?return=/admin" });
      expect([page.statusCode, page.body.includes('type="password"')]).toEqual([200, true]);
      const form = { username: "root", password: PASSWORD, return: "/admin" };
      const reply = await hidden.call({ method: "POST", url: "/sign-in/local", form });
      expect([reply.statusCode, reply.headers.location]).toEqual([303, "/admin"]);
      await hidden.close();
    });

    test("an account of the provider has no password here", async () => {
      become("lena");
      await signIn();
      const json = { username: "lena", password: "" };
      expect((await hub.call({ method: "POST", url: `${API}/session`, json })).statusCode).toBe(401);
    });
  });

  describe("pages where people must sign in", () => {
    test("lead to the provider and back to themselves", async () => {
      const device = await hub.call({ url: "/device?user_code=ABCD-EFGH" });
      expect(device.body).toContain(
        '<a class="button" href="/sign-in/oidc?return=%2Fdevice%3Fuser_code%3DABCD-EFGH">Sign in with Example</a>',
      );
      const json = { clientId: "app", name: "App", type: "public", redirectUris: ["https://app.test/cb"] };
      await hub.call({ method: "POST", url: `${API}/oauth/clients`, bearer: root, json });
      const asked = new URLSearchParams({
        client_id: "app",
        redirect_uri: "https://app.test/cb",
        response_type: "code",
        scope: "user:admin",
        code_challenge: "a".repeat(43),
        code_challenge_method: "S256",
      });
      const consent = await hub.call({ url: `/oauth/authorize?${asked}` });
      const [, query] = /href="\/sign-in\/oidc(\?[^"]+)"/.exec(consent.body) ?? [];
      become("mia");
      const back = await signIn((query ?? "").replaceAll("&amp;", "&"));
      const shown = await hub.call({
        url: String(back.headers.location),
        headers: { cookie: cookiesOf(back) },
      });
      expect(shown.body).toContain("Allow App?");
    });

    test("the API tells programs how people sign in", async () => {
      expect((await hub.call({ url: `${API}/sign-in` })).json()).toEqual({
        provider: "Example",
        local: true,
      });
    });
  });
});
