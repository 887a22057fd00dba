import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

/**
 * Requests that Quay's own clients make around its app tokens, with what Quay answers (main of August 2026).
 */
let hub: Harness;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { email: "ada@example.com" });
});
afterAll(() => hub.close());

/** As herve4m.quay signs in: a page, a log-in, a cookie and a CSRF token. */
async function signIn(): Promise<Record<string, string>> {
  const page = await hub.call({ url: "/" });
  expect(/window.__token\s*=\s*'(.*?)';/.exec(page.body)?.[1]).toBe("");
  const reply = await hub.call({
    method: "POST",
    url: "/api/v1/signin",
    json: { username: "ada", password: PASSWORD },
    headers: { "x-csrf-token": "" },
  });
  expect(reply.json()).toEqual({ success: true });
  const cookies = [reply.headers["set-cookie"] ?? []].flat().map((cookie) => cookie.split(";")[0]);
  return { cookie: cookies.join("; "), "x-csrf-token": String(reply.headers["x-next-csrf-token"]) };
}

describe("signing out", () => {
  it("ends the session of the cookie", async () => {
    const headers = await signIn();
    expect((await hub.call({ url: "/api/v1/user/", headers })).statusCode).toBe(200);
    const reply = await hub.call({ method: "POST", url: "/api/v1/signout", headers });
    expect([reply.statusCode, reply.json()]).toEqual([200, { success: true }]);
    expect(String(reply.headers["set-cookie"])).toContain("Max-Age=0");
    expect((await hub.call({ url: "/api/v1/user/", headers })).statusCode).toBe(401);
  });

  it("needs the CSRF token", async () => {
    const { cookie } = await signIn();
    const reply = await hub.call({
      method: "POST",
      url: "/api/v1/signout",
      headers: { cookie: cookie ?? "" },
    });
    expect(reply.statusCode).toBe(403);
  });
});

describe("who am I", () => {
  it("is answered with Quay's fields to a personal token", async () => {
    const { secret } = await hub.issue("ada", "personal_token", { scopes: ["user:admin"] });
    const reply = await hub.call({ url: "/api/v1/user/", bearer: secret });
    expect(reply.json()).toMatchObject({
      anonymous: false,
      username: "ada",
      email: "ada@example.com",
      is_me: true,
      verified: true,
      organizations: [],
    });
  });

  it("is refused to strangers and to application tokens", async () => {
    expect((await hub.call({ url: "/api/v1/user/" })).statusCode).toBe(401);
    const { secret } = await hub.issue("ada", "app_token");
    expect((await hub.call({ url: "/api/v1/user/", bearer: secret })).statusCode).toBe(401);
  });
});

describe("a CSRF token", () => {
  const body = { title: "x" };

  it("in the query or the body counts on Quay's paths, and on no other", async () => {
    const { cookie = "", "x-csrf-token": token = "" } = await signIn();
    const query = `?_csrf_token=${encodeURIComponent(token)}`;
    const quay = await hub.call({
      method: "POST",
      url: `/api/v1/user/apptoken${query}`,
      headers: { cookie },
      json: body,
    });
    expect(quay.statusCode, quay.body).toBe(201);
    const own = await hub.call({
      method: "POST",
      url: `/api/mintmark/v1/credentials${query}`,
      headers: { cookie },
      json: { kind: "app_token", title: "y" },
    });
    expect(own.statusCode).toBe(403);
  });
});

describe("an OAuth token without a browser", () => {
  beforeAll(async () => {
    await hub.addUser("root", { role: "admin" });
    const bearer = await hub.logIn("root");
    const make = (json: unknown) =>
      hub.call({ method: "POST", url: "/api/mintmark/v1/oauth/clients", bearer, json });
    const made = await make({
      clientId: "robot",
      name: "Robot",
      type: "public",
      implicit: true,
      redirectUris: ["https://app.example.com/back"],
    });
    expect(made.statusCode, made.body).toBe(201);
  });

  const form = (redirect: string, csrf: string) => ({
    response_type: "token",
    client_id: "robot",
    redirect_uri: redirect,
    scope: "user:admin",
    _csrf_token: csrf,
  });

  // herve4m.quay.quay_api_token
  it("comes by the form of Quay's consent page", async () => {
    const { cookie = "", "x-csrf-token": csrf = "" } = await signIn();
    const reply = await hub.call({
      method: "POST",
      url: "/oauth/authorizeapp",
      headers: { cookie },
      form: form("http://hub.test/oauth/localapp", csrf),
    });
    expect(reply.statusCode, reply.body).toBe(302);
    const location = new URL(String(reply.headers.location));
    expect(location.pathname).toBe("/oauth/localapp");
    const bearer = new URLSearchParams(location.hash.slice(1)).get("access_token") ?? "";
    expect((await hub.call({ url: "/api/v1/user/apptoken", bearer })).statusCode).toBe(200);
    expect((await hub.call({ url: "/oauth/localapp" })).statusCode).toBe(200);
  });

  it("is refused without the CSRF token, without a log-in, and for an address that is not registered", async () => {
    const { cookie = "", "x-csrf-token": csrf = "" } = await signIn();
    const post = (redirect: string, token: string, headers: Record<string, string>) =>
      hub.call({ method: "POST", url: "/oauth/authorizeapp", headers, form: form(redirect, token) });
    expect((await post("http://hub.test/oauth/localapp", "wrong", { cookie })).statusCode).toBe(403);
    expect((await post("http://hub.test/oauth/localapp", csrf, {})).statusCode).toBe(401);
    expect((await post("https://evil.example/", csrf, { cookie })).statusCode).toBe(400);
  });

  it("is not given when the person refuses", async () => {
    const { cookie = "", "x-csrf-token": csrf = "" } = await signIn();
    const reply = await hub.call({
      method: "POST",
      url: "/oauth/denyapp",
      headers: { cookie },
      form: form("https://app.example.com/back", csrf),
    });
    expect(String(reply.headers.location)).toContain("error=access_denied");
  });
});
