import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await createHarness();
  await harness.addUser("ada");
});
afterEach(async () => {
  await harness.close();
});

const TOKEN = "/api/galaxy/v3/auth/token/";
const ME = "/api/galaxy/_ui/v1/me/";

function basic(username: string, password = PASSWORD): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

async function load(headers: Record<string, string> = basic("ada")): Promise<string> {
  const reply = await harness.call({ method: "POST", url: TOKEN, headers });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ token: string }>().token;
}

async function statusOf(token: string, scheme = "Token"): Promise<number> {
  return (await harness.call({ url: ME, headers: { authorization: `${scheme} ${token}` } })).statusCode;
}

describe("the API token", () => {
  it("is loaded with user name and password, and answers nothing but itself", async () => {
    const reply = await harness.call({ method: "POST", url: TOKEN, headers: basic("ada") });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["cache-control"]).toBe("no-store");
    expect(reply.json()).toEqual({ token: expect.stringMatching(/^mmh_[0-9A-Za-z]{36}$/) });
  });

  it("is good in any scheme word and case", async () => {
    const token = await load();
    for (const scheme of ["Token", "token", "TOKEN", "Bearer", "bearer"]) {
      expect(await statusOf(token, scheme), scheme).toBe(200);
    }
    expect((await harness.call({ url: ME, headers: basic("ada", token) })).statusCode).toBe(200);
  });

  it("ends when the next one is loaded, and its holder is told so and where to go", async () => {
    const first = await load();
    const second = await load();
    expect(await statusOf(second)).toBe(200);
    const reply = await harness.call({ url: ME, headers: { authorization: `Token ${first}` } });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({
      default: expect.stringMatching(/revoked.*http:\/\/hub\.test\//),
      errors: [
        {
          status: "401",
          code: "authentication_failed",
          detail: expect.stringMatching(/revoked.*http:\/\/hub\.test\//),
        },
      ],
    });
    expect(reply.statusMessage).toContain("revoked");
  });

  it("ends by DELETE, which is no error when there is none", async () => {
    const token = await load();
    for (let time = 0; time < 2; time += 1) {
      const reply = await harness.call({ method: "DELETE", url: TOKEN, headers: basic("ada") });
      expect([reply.statusCode, reply.body]).toEqual([204, ""]);
    }
    expect(await statusOf(token)).toBe(401);
  });

  it("may end itself, and put another in its place unless that was switched off", async () => {
    const first = await load();
    const asToken = (secret: string) => ({ authorization: `Token ${secret}` });
    const next = await harness.call({ method: "POST", url: TOKEN, headers: asToken(first) });
    const { token } = next.json<{ token: string }>();
    expect([await statusOf(first), await statusOf(token)]).toEqual([401, 200]);

    const headers = asToken(token);
    const account = await harness.hub.accounts.get("ada");
    const credential = await harness.hub.credentials.inSlot(account, "hub_token", null);
    await harness.call({
      method: "PATCH",
      url: `/api/mintmark/v1/credentials/${credential?.id}`,
      bearer: await harness.logIn("ada"),
      json: { selfRotate: false },
    });
    expect((await harness.call({ method: "POST", url: TOKEN, headers })).statusCode).toBe(403);
    expect(await statusOf(token)).toBe(200);
    expect((await harness.call({ method: "DELETE", url: TOKEN, headers })).statusCode).toBe(204);
    expect(await statusOf(token)).toBe(401);
  });

  it("of one user is not touched by another's", async () => {
    await harness.addUser("ben");
    const token = await load();
    await load(basic("ben"));
    await harness.call({ method: "DELETE", url: TOKEN, headers: basic("ben") });
    expect(await statusOf(token)).toBe(200);
  });

  it("is never read again: GET is no method here", async () => {
    const reply = await harness.call({ url: TOKEN, headers: basic("ada") });
    expect(reply.statusCode).toBe(405);
    expect(reply.json()).toMatchObject({ errors: [{ status: "405", code: "method_not_allowed" }] });
  });

  it("is loaded at both prefixes, with or without a slash at the end", async () => {
    for (const url of [TOKEN, TOKEN.slice(0, -1), TOKEN.replace("galaxy", "automation-hub")]) {
      expect(
        (await harness.call({ method: "POST", url, headers: basic("ada"), json: {} })).statusCode,
        url,
      ).toBe(200);
    }
  });
});

// Who may make secrets: a fresh log-in, or a personal token made for that. Nothing else.
describe("the API token is not made", () => {
  it("for strangers and wrong passwords", async () => {
    expect((await harness.call({ method: "POST", url: TOKEN })).statusCode).toBe(401);
    const reply = await harness.call({
      method: "POST",
      url: TOKEN,
      headers: basic("ada", "wrong password!"),
    });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers["www-authenticate"]).toBeDefined();
  });

  it("by a session cookie without its CSRF token", async () => {
    const { cookie = "", ...csrf } = await harness.logInByCookie("ada");
    expect((await harness.call({ method: "POST", url: TOKEN, headers: { cookie } })).statusCode).toBe(403);
    await load({ cookie, ...csrf });
  });

  it("by a session whose password was given too long ago", async () => {
    const headers = await harness.logInByCookie("ada");
    harness.clock.advance({ minutes: 11 });
    const reply = await harness.call({ method: "POST", url: TOKEN, headers });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({ errors: [{ code: "fresh_login_required" }] });
    expect((await harness.call({ method: "DELETE", url: TOKEN, headers })).statusCode).toBe(204);
  });

  it("by a platform key, or by a personal token that was not made for that", async () => {
    for (const [kind, options] of [
      ["platform_key", {}],
      ["personal_token", {}],
      ["personal_token", { scopes: ["collection:*:*"] }],
    ] as const) {
      const { secret } = await harness.issue("ada", kind, options);
      const reply = await harness.call({ method: "POST", url: TOKEN, bearer: secret });
      expect(reply.statusCode, kind).toBe(403);
      expect(reply.json()).toMatchObject({ errors: [{ code: "permission_denied" }] });
    }
    const { secret } = await harness.issue("ada", "personal_token", { scopes: ["user:admin"] });
    await load({ authorization: `Bearer ${secret}` });
  });

  it("by an offline token, which is good at its realm only", async () => {
    const { secret } = await harness.issue("ada", "offline_token");
    expect((await harness.call({ method: "POST", url: TOKEN, bearer: secret })).statusCode).toBe(401);
    expect((await harness.call({ url: ME, bearer: secret })).statusCode).toBe(401);
  });
});

describe("who am I", () => {
  it("tells name and number of the account", async () => {
    const reply = await harness.call({ url: ME, headers: { authorization: `Token ${await load()}` } });
    expect(reply.json()).toMatchObject({
      id: expect.any(Number),
      username: "ada",
      is_superuser: false,
      is_anonymous: false,
    });
  });

  it("refuses strangers", async () => {
    expect((await harness.call({ url: ME })).statusCode).toBe(401);
  });
});

describe("a credential in the wrong place", () => {
  it("is told what it is and where it is used", async () => {
    const { secret } = await harness.issue("ada", "offline_token");
    const reply = await harness.call({ url: ME, headers: { authorization: `Token ${secret}` } });
    expect(reply.statusCode).toBe(401);
    expect(reply.json<{ default: string }>().default).toBe(
      "This is an offline token, which is not taken here. Set auth_url to the realm's token endpoint, where it is exchanged for a bearer.",
    );
  });

  // Python's requests encodes a password in Latin-1, and Django takes it.
  it("a password is read in UTF-8 and in Latin-1", async () => {
    const password = "pässwörter lang genug";
    const name = "umlaut";
    await harness.addUser(name, { password });
    for (const encoding of ["utf8", "latin1"] as const) {
      const pair = Buffer.from(`${name}:${password}`, encoding).toString("base64");
      const reply = await harness.call({ url: ME, headers: { authorization: `Basic ${pair}` } });
      expect(reply.statusCode, encoding).toBe(200);
    }
  });
});

describe("the root", () => {
  const roots = ["/api/galaxy", "/api/automation-hub"].flatMap((prefix) =>
    ["", "/", "/api", "/api/"].map((path) => prefix + path),
  );

  it.each(roots)("answers strangers at %s", async (url) => {
    const reply = await harness.call({ url });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({ available_versions: { v3: "v3/" } });
  });

  it("refuses a token that is not good, already here", async () => {
    const reply = await harness.call({
      url: "/api/galaxy/",
      headers: { authorization: "Token 0123456789012345678901234567890123456789" },
    });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({ default: expect.any(String), errors: [{ status: "401" }] });
  });

  it("has nothing elsewhere, and says so in the envelope", async () => {
    const reply = await harness.call({ url: "/api/galaxy/v3/nothing/" });
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ errors: [{ status: "404", code: "not_found" }] });
  });
});
