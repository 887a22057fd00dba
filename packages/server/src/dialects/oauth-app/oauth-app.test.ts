import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

const PAGE = "/oauth/authorize";
const TOKEN = "/oauth/access_token";
const CALLBACK = "https://app.example.com/callback";
const NOBODY = anonymousCaller({ address: null, agent: null });
const VERIFIER = randomBytes(32).toString("base64url");
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

let harness: Harness;
let browser: Record<string, string>;

beforeEach(async () => {
  harness = await createHarness();
  await harness.addUser("ada");
  await register("app", {});
  browser = await harness.logInByCookie("ada");
});
afterEach(() => harness.close());

async function register(
  clientId: string,
  more: { type?: "confidential"; implicit?: boolean; scopes?: string[]; name?: string },
): Promise<string> {
  const request = { name: "An app", type: "public", redirectUris: [CALLBACK], ...more, clientId } as const;
  return (await harness.hub.clients.create(request, NOBODY)).secret?.reveal() ?? "";
}

function query(more: Record<string, string> = {}, without: readonly string[] = []): string {
  const values = {
    response_type: "code",
    client_id: "app",
    redirect_uri: CALLBACK,
    scope: "user:admin",
    state: "xyz&1",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...more,
  };
  return new URLSearchParams(Object.entries(values).filter(([name]) => !without.includes(name))).toString();
}

function show(request = query(), headers = browser) {
  return harness.call({ url: `${PAGE}?${request}`, headers });
}

function answer(choice: string, request = query(), headers = browser) {
  return harness.call({ method: "POST", url: PAGE, headers, form: { request, answer: choice } });
}

async function codeFor(request = query()): Promise<string> {
  const reply = await answer("allow", request);
  expect(reply.statusCode).toBe(302);
  return new URL(String(reply.headers.location)).searchParams.get("code") ?? "";
}

function redeem(code: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const form = {
    grant_type: "authorization_code",
    code,
    redirect_uri: CALLBACK,
    client_id: "app",
    code_verifier: VERIFIER,
    ...more,
  };
  return harness.call({ method: "POST", url: TOKEN, headers, form });
}

describe("an application that is allowed", () => {
  it("gets an access token by code and verifier, which makes app tokens and stands in the person's list", async () => {
    const page = await show();
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("An app");
    expect(page.body).toContain("as strong as your account");
    expect(page.body).not.toContain("<script");
    const allowed = await answer("allow");
    const location = new URL(String(allowed.headers.location));
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(location.searchParams.get("state")).toBe("xyz&1");
    const reply = await redeem(location.searchParams.get("code") ?? "");
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["cache-control"]).toBe("no-store");
    expect(reply.json()).toEqual({
      access_token: expect.stringMatching(/^mmt_[0-9A-Za-z]{36}$/),
      token_type: "Bearer",
      expires_in: 2_592_000,
      scope: "user:admin",
    });
    const bearer = reply.json<{ access_token: string }>().access_token;
    const made = await harness.call({
      method: "POST",
      url: "/api/v1/user/apptoken",
      bearer,
      json: { title: "by the app" },
    });
    expect(made.statusCode).toBe(201);
    const listed = await harness.call({ url: "/api/mintmark/v1/credentials?kind=personal_token", bearer });
    expect(listed.json().credentials).toMatchObject([
      { title: "An app", scopes: ["user:admin"], expiresAt: "2025-02-07T12:00:00.000Z" },
    ]);
  });

  it("loses it after 30 days, and when the application is deleted", async () => {
    const { access_token: bearer } = (await redeem(await codeFor())).json();
    const url = "/api/v1/user/apptoken";
    harness.clock.advance({ days: 30, ms: -1 });
    expect((await harness.call({ url, bearer })).statusCode).toBe(200);
    harness.clock.advance({ ms: 1 });
    expect((await harness.call({ url, bearer })).statusCode).toBe(401);
    browser = await harness.logInByCookie("ada");
    const { access_token: second } = (await redeem(await codeFor())).json();
    await harness.hub.clients.remove("app", NOBODY);
    expect((await harness.call({ url, bearer: second })).statusCode).toBe(401);
  });

  it("gets what it asked for and the page said, in Quay's words or ours", async () => {
    const request = query({ scope: "repo:read,user:read repository:ada/app:pull,push" });
    const { body } = await show(request);
    expect(body).toContain("Pull from every repository that you can pull from");
    expect(body).toContain("repository:ada/app:pull,push");
    expect(body).not.toContain("as strong as your account");
    const { access_token: bearer, scope } = (await redeem(await codeFor(request))).json();
    expect(scope).toBe("repo:read user:read repository:ada/app:pull,push");
    expect((await harness.call({ url: "/api/v1/user/apptoken", bearer })).statusCode).toBe(403);
  });

  it("that is confidential must show its secret, by Basic or in the form", async () => {
    const secret = await register("sealed", { type: "confidential" });
    const request = query({ client_id: "sealed" });
    const own = { client_id: "sealed" };
    expect((await redeem(await codeFor(request), own)).statusCode).toBe(401);
    const wrong = await redeem(await codeFor(request), { ...own, client_secret: `${secret}x` });
    expect([wrong.statusCode, wrong.json().error]).toEqual([401, "invalid_client"]);
    expect((await redeem(await codeFor(request), { ...own, client_secret: secret })).statusCode).toBe(200);
    const authorization = `Basic ${Buffer.from(`sealed:${secret}`).toString("base64")}`;
    expect((await redeem(await codeFor(request), own, { authorization })).statusCode).toBe(200);
  });

  it("is on record, and so is one that was refused", async () => {
    await codeFor();
    await answer("deny");
    const events = await harness.context.store.read.audit.list({ limit: 2 });
    expect(events.map(({ action, actor, details }) => [action, actor, details["clientId"]])).toEqual([
      ["consent.refuse", "ada", "app"],
      ["consent.give", "ada", "app"],
    ]);
  });
});

describe("a code", () => {
  it("is good once", async () => {
    const code = await codeFor();
    expect((await redeem(code)).statusCode).toBe(200);
    const again = await redeem(code);
    expect([again.statusCode, again.json().error]).toEqual([400, "invalid_grant"]);
  });

  it("is good for a minute", async () => {
    const code = await codeFor();
    harness.clock.advance({ minutes: 1 });
    expect((await redeem(code)).json().error).toBe("invalid_grant");
  });

  // An attacker who intercepts the redirect has the code but not the verifier.
  it.each([
    ["another verifier", { code_verifier: randomBytes(32).toString("base64url") }],
    ["the challenge for a verifier", { code_verifier: CHALLENGE }],
    ["another address", { redirect_uri: `${CALLBACK}/` }],
    ["another application", { client_id: "other" }],
  ])("is worth nothing with %s, and is spent", async (_what, more) => {
    await register("other", {});
    const code = await codeFor();
    const reply = await redeem(code, more);
    expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_grant"]);
    expect((await redeem(code)).json().error).toBe("invalid_grant");
  });

  it("ends with what ends everything of the account", async () => {
    const code = await codeFor();
    await harness.hub.accounts.update("ada", { password: "another long password" }, NOBODY);
    expect((await redeem(code)).json().error).toBe("invalid_grant");
  });

  it("request is refused in RFC 6749's words when it is not whole", async () => {
    for (const [more, status, error] of [
      [{ grant_type: "password" }, 400, "unsupported_grant_type"],
      [{ grant_type: "" }, 400, "invalid_request"],
      [{ code: "" }, 400, "invalid_request"],
      [{ code_verifier: "" }, 400, "invalid_request"],
      [{ client_id: "" }, 400, "invalid_request"],
      [{ client_id: "nobody" }, 401, "invalid_client"],
      [{ code: "mmu_nonsense" }, 400, "invalid_grant"],
    ] as const) {
      const reply = await redeem("x", more);
      expect([more, reply.statusCode, reply.json().error]).toEqual([more, status, error]);
    }
    const get = await harness.call({ url: TOKEN });
    expect([get.statusCode, get.json().error]).toEqual([405, "invalid_request"]);
  });
});

describe("the page", () => {
  it("asks strangers to sign in, goes on from there, and asks again when the password is old", async () => {
    const stranger = await show(query(), {});
    expect(stranger.body).toContain('action="/oauth/authorize/sign-in"');
    const form = { request: query(), username: "ada", password: PASSWORD };
    const signIn = (more: Record<string, string>, headers: Record<string, string> = {}) =>
      harness.call({ method: "POST", url: `${PAGE}/sign-in`, headers, form: { ...form, ...more } });
    const wrong = await signIn({ password: "wrong" });
    expect([wrong.statusCode, wrong.headers["set-cookie"]]).toEqual([401, undefined]);
    const reply = await signIn({});
    expect([reply.statusCode, reply.headers.location]).toEqual([303, `${PAGE}?${query()}`]);
    const cookie = String(reply.headers["set-cookie"]).split(";")[0] ?? "";
    expect((await show(query(), { cookie })).body).toContain("wants to act in your name");
    harness.clock.advance({ minutes: 10 });
    expect((await show(query(), { cookie })).body).toContain("Give your password again");
    const foreign = await signIn({}, { origin: "https://evil.example.com", host: "hub.test" });
    expect([foreign.statusCode, foreign.headers["set-cookie"]]).toEqual([403, undefined]);
  });

  it("takes an answer only from the person's own log-in: fresh, and with the CSRF token", async () => {
    const { cookie = "" } = browser;
    expect((await answer("allow", query(), { cookie })).statusCode).toBe(403);
    harness.clock.advance({ minutes: 10 });
    const stale = await answer("allow");
    expect([stale.statusCode, stale.headers.location]).toEqual([200, undefined]);
    expect(stale.body).toContain("Give your password again");
  });

  // Quay takes Basic here, so that an app token could walk in and come out as a ten-year OAuth token.
  it.each(["app_token", "personal_token", "hub_token"] as const)("never takes a %s", async (kind) => {
    const scopes = kind === "personal_token" ? { scopes: ["user:admin"] } : {};
    const { secret } = await harness.issue("ada", kind, scopes);
    const user = kind === "app_token" ? "$app" : "ada";
    for (const authorization of [
      `Bearer ${secret}`,
      `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`,
    ]) {
      const reply = await answer("allow", query(), { authorization });
      expect([reply.statusCode, reply.headers.location]).toEqual([401, undefined]);
    }
  });

  it("lets its form end at the application, and itself be framed nowhere", async () => {
    const policy = String((await show()).headers["content-security-policy"]);
    expect(policy).toContain("form-action 'self' https://app.example.com;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("script");
  });

  it("shows names as text, whatever is in them", async () => {
    await register("odd", { name: '<img src=x onerror="alert(1)">' });
    const { body } = await show(query({ client_id: "odd", state: '"><script>' }));
    expect(body).not.toMatch(/<img|<script/);
    expect(body).toContain("&lt;img");
  });

  it("sends a refusal back to the application", async () => {
    const reply = await answer("deny");
    expect(reply.headers.location).toBe(`${CALLBACK}?error=access_denied&state=xyz%261`);
  });
});

describe("a request that cannot be trusted", () => {
  it.each([
    ["an unknown application", { client_id: "nobody" }],
    ["no application", { client_id: "" }],
    ["an address with a longer path", { redirect_uri: `${CALLBACK}/more` }],
    ["an address with a query", { redirect_uri: `${CALLBACK}?x=1` }],
    ["an address in other spelling", { redirect_uri: "https://APP.example.com/callback" }],
    ["somebody's address", { redirect_uri: "https://evil.example.com/" }],
    ["no address", { redirect_uri: "" }],
    ["the built-in client of ansible-galaxy", { client_id: "cloud-services" }],
  ])("for %s ends on a page, never in a redirect", async (_what, more) => {
    for (const reply of [await show(query(more)), await answer("allow", query(more))]) {
      expect([reply.statusCode, reply.headers.location]).toEqual([400, undefined]);
      expect(reply.headers["content-type"]).toContain("text/html");
    }
  });

  it.each([
    [{ response_type: "id_token" }, [], "unsupported_response_type"],
    [{}, ["response_type"], "unsupported_response_type"],
    [{}, ["scope"], "invalid_scope"],
    [{ scope: "user:admin nonsense" }, [], "invalid_scope"],
    [{ scope: "org:admin" }, [], "invalid_scope"],
    [{ scope: "hub:admin:use" }, [], "invalid_scope"],
    [{ scope: "*:*:*" }, [], "invalid_scope"],
    [{}, ["code_challenge"], "invalid_request"],
    [{ code_challenge_method: "plain" }, [], "invalid_request"],
    [{}, ["code_challenge_method"], "invalid_request"],
    [{ code_challenge: "short" }, [], "invalid_request"],
  ] as const)("with %j without %j goes back with %s %s", async (more, without, error) => {
    const reply = await show(query(more, without));
    expect(reply.statusCode).toBe(302);
    const location = new URL(String(reply.headers.location));
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: "xyz&1" });
  });

  it("for more than the application is registered for goes back", async () => {
    await register("narrow", { scopes: ["repository:team/*:pull"] });
    const request = (scope: string) => query({ client_id: "narrow", scope });
    expect((await show(request("repository:team/app:pull"))).statusCode).toBe(200);
    for (const scope of ["repository:team/app:push", "repo:read", "user:admin"]) {
      expect(String((await show(request(scope))).headers.location)).toContain("error=invalid_scope");
    }
  });
});

describe("Quay's implicit form", () => {
  it("is for applications that an administrator marked, and puts the token in the fragment alone", async () => {
    await register("old", { implicit: true });
    const request = query({ client_id: "old", response_type: "token" }, [
      "code_challenge",
      "code_challenge_method",
    ]);
    expect((await show(request)).body).toContain("wants to act in your name");
    const reply = await answer("allow", request);
    const location = new URL(String(reply.headers.location));
    expect(Object.fromEntries(location.searchParams)).toEqual({ scope: "user:admin", state: "xyz&1" });
    const fragment = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    expect(fragment).toMatchObject({ token_type: "Bearer", expires_in: "2592000", state: "xyz&1" });
    const bearer = fragment["access_token"] ?? "";
    expect((await harness.call({ url: "/api/v1/user/apptoken", bearer })).statusCode).toBe(200);
  });

  it("is refused to all others", async () => {
    const request = query({ response_type: "token" });
    for (const reply of [await show(request), await answer("allow", request)]) {
      const location = new URL(String(reply.headers.location));
      expect(new URLSearchParams(location.hash.slice(1)).get("error")).toBe("unauthorized_client");
    }
  });
});
