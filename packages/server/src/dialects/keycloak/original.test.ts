import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

/** Requests that clients of a Keycloak realm make, with what Keycloak 26.5.6 answers to the same request. */
let hub: Harness;
let offline: { readonly secret: string; readonly id: string };

const REALM = "/auth/realms/redhat-external";
const PROTOCOL = `${REALM}/protocol/openid-connect`;
const ORIGIN = "https://app.example.com";

beforeAll(async () => {
  hub = await createHarness({ corsOrigins: [ORIGIN] });
  await hub.addUser("ada", { email: "ada@example.com" });
  offline = await hub.issue("ada", "offline_token");
});
afterAll(() => hub.close());

async function exchange(more: Record<string, string> = {}, secret = offline.secret) {
  const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret, ...more };
  const reply = await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ access_token: string; scope: string }>();
}

function partOf(jwt: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[part] ?? "", "base64url").toString());
}

describe("a realm bearer", () => {
  // Spring Security 6.4 to 7.0, keycloak-connect and `algorithms: ["RS256"]` refuse every other header.
  it("passes the rules of verifiers that were made for Keycloak", async () => {
    const { access_token: jwt } = await exchange();
    expect(partOf(jwt, 0)).toMatchObject({ alg: "RS256", typ: "JWT", kid: expect.any(String) });
    expect(partOf(jwt, 1)).toMatchObject({
      typ: "Bearer",
      azp: "cloud-services",
      sid: offline.id,
      preferred_username: "ada",
      email: "ada@example.com",
      iss: "http://hub.test/auth/realms/redhat-external",
    });
    const { keys } = (await hub.call({ url: `${PROTOCOL}/certs` })).json<{ keys: { kid: string }[] }>();
    expect(keys.map(({ kid }) => kid)).toContain(partOf(jwt, 0)["kid"]);
  });

  it("is verified with the key of the realm's own page", async () => {
    const page = await hub.call({ url: REALM });
    expect(page.json()).toMatchObject({
      realm: "redhat-external",
      "token-service": `http://hub.test${PROTOCOL}`,
      "account-service": `http://hub.test${REALM}/account`,
      "tokens-not-before": 0,
    });
    const { public_key: der } = page.json<{ public_key: string }>();
    const key = createPublicKey({ key: Buffer.from(der, "base64"), format: "der", type: "spki" });
    const [header, claims, signature = ""] = (await exchange()).access_token.split(".");
    const isGood = verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    expect(isGood).toBe(true);
  });

  it("is signed by the algorithm that the operator chose, and the older ones stay good", async () => {
    const own = await createHarness({ ownKeys: true });
    try {
      await own.addUser("ada");
      const { secret } = await own.issue("ada", "offline_token");
      const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret };
      const ask = async () => {
        const reply = await own.call({ method: "POST", url: `${PROTOCOL}/token`, form });
        return reply.json<{ access_token: string }>().access_token;
      };
      const before = await ask();
      own.changePolicy({ realmAlgorithm: "ES256" });
      await own.restart();
      const after = await ask();
      expect([partOf(before, 0)["alg"], partOf(after, 0)["alg"]]).toEqual(["RS256", "ES256"]);
      for (const bearer of [before, after]) {
        expect((await own.call({ url: "/verify", bearer })).statusCode).toBe(200);
      }
    } finally {
      await own.close();
    }
  });
});

describe("a client", () => {
  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  let conf: string;

  beforeAll(async () => {
    const { secret } = await hub.hub.clients.create(
      {
        clientId: "conf",
        name: "conf",
        type: "confidential",
        scopes: ["collection:*:download", "hub:introspect:use"],
      },
      {
        ...anonymousCaller({ address: null, agent: null }),
        proof: { by: "password", freshAt: hub.clock.now() },
      },
    );
    conf = secret?.reveal() ?? "";
  });

  const token = (form: Record<string, string>, authorization?: string) =>
    hub.call({
      method: "POST",
      url: `${PROTOCOL}/token`,
      form,
      headers: authorization === undefined ? {} : { authorization },
    });
  const refresh = () => ({ grant_type: "refresh_token", refresh_token: offline.secret });
  const own = { grant_type: "client_credentials" };

  // golang.org/x/oauth2 and requests-oauthlib send a public client by Basic with an empty password.
  it("that is public may show itself by Basic, and with any secret", async () => {
    for (const [form, header] of [
      [refresh(), basic("cloud-services", "")],
      [refresh(), basic("cloud-services", "anything")],
      [{ ...refresh(), client_id: "cloud-services", client_secret: "anything" }, undefined],
      [{ ...refresh(), client_id: "cloud-services" }, basic("cloud-services", "")],
    ] as const) {
      expect((await token(form, header)).statusCode, JSON.stringify(header)).toBe(200);
    }
  });

  it.each(["Bearer x", "Basic !!!", "Basic bm9jb2xvbg==", "Negotiate x"])(
    "that the form names is taken next to a stray header: %s",
    async (header) => {
      expect((await token({ ...refresh(), client_id: "cloud-services" }, header)).statusCode).toBe(200);
    },
  );

  it("that is confidential may say the same thing twice, and never two things", async () => {
    const same = { ...own, client_id: "conf", client_secret: conf };
    expect((await token(same, basic("conf", conf))).statusCode).toBe(200);
    expect((await token(same)).statusCode).toBe(200);
    expect((await token({ ...same, client_secret: "other" }, basic("conf", conf))).statusCode).toBe(400);
    expect((await token({ ...own, client_id: "other" }, basic("conf", conf))).statusCode).toBe(400);
    expect((await token(own, basic("conf", ""))).statusCode).toBe(401);
    expect((await token({ ...own, client_id: "conf" })).statusCode).toBe(401);
  });

  it("that asks about a bearer reads the names that Keycloak gives", async () => {
    const { access_token: bearer } = await exchange();
    const reply = await hub.call({
      method: "POST",
      url: `${PROTOCOL}/token/introspect`,
      form: { token: bearer },
      headers: { authorization: basic("conf", conf) },
    });
    expect(reply.json()).toMatchObject({
      active: true,
      azp: "cloud-services",
      typ: "Bearer",
      sid: offline.id,
      preferred_username: "ada",
      email: "ada@example.com",
    });
  });
});

describe("userinfo", () => {
  it.each(["GET", "POST"] as const)("by %s tells whom a bearer with openid is for", async (method) => {
    const { access_token: bearer, scope } = await exchange({ scope: "openid" });
    expect(scope.split(" ")).toContain("openid");
    const reply = await hub.call({ method, url: `${PROTOCOL}/userinfo`, bearer });
    expect(reply.json()).toMatchObject({
      sub: expect.any(String),
      preferred_username: "ada",
      email: "ada@example.com",
    });
    expect((await hub.call({ url: "/verify", bearer })).statusCode).toBe(200);
  });

  it("refuses a bearer without openid, and one that is none, as RFC 6750 has it", async () => {
    const { access_token: bearer } = await exchange();
    const narrow = await hub.call({ url: `${PROTOCOL}/userinfo`, bearer });
    expect([narrow.statusCode, narrow.json<{ error: string }>().error]).toEqual([403, "insufficient_scope"]);
    for (const shown of [undefined, "nonsense", offline.secret]) {
      const reply = await hub.call({ url: `${PROTOCOL}/userinfo`, ...(shown ? { bearer: shown } : {}) });
      expect(reply.statusCode).toBe(401);
      expect(reply.headers["www-authenticate"]).toMatch(/^Bearer /);
    }
  });
});

describe("log-out", () => {
  const logOut = (form: Record<string, string>) =>
    hub.call({ method: "POST", url: `${PROTOCOL}/logout`, form });

  it("ends the offline token, and says so again", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    const form = { client_id: "cloud-services", refresh_token: secret };
    for (const attempt of [await logOut(form), await logOut(form)]) {
      expect([attempt.statusCode, attempt.body]).toEqual([204, ""]);
    }
    const after = await hub.call({
      method: "POST",
      url: `${PROTOCOL}/token`,
      form: { grant_type: "refresh_token", ...form },
    });
    expect(after.json()).toMatchObject({ error: "invalid_grant" });
  });

  it.each([
    [{ refresh_token: "garbage", client_id: "cloud-services" }, 400, "invalid_grant"],
    [{ client_id: "cloud-services" }, 400, "invalid_request"],
    [{ refresh_token: "garbage", client_id: "nobody" }, 401, "invalid_client"],
  ] as const)("with %j is refused", async (form, status, error) => {
    const reply = await logOut(form);
    expect([reply.statusCode, reply.json<{ error: string }>().error]).toEqual([status, error]);
  });

  it("of another client's token, or of another kind, ends nothing", async () => {
    const { secret } = await hub.issue("ada", "personal_token");
    expect((await logOut({ client_id: "cloud-services", refresh_token: secret })).statusCode).toBe(400);
    expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).toBe(200);
  });
});

describe("the metadata", () => {
  it("is the same at every address that clients try", async () => {
    const addresses = [
      `${REALM}/.well-known/openid-configuration`,
      `${REALM}/.well-known/oauth-authorization-server`,
      `/.well-known/oauth-authorization-server${REALM}`,
      "/.well-known/oauth-authorization-server",
      `${REALM.replace("/auth", "")}/.well-known/openid-configuration`,
    ];
    const documents = await Promise.all(addresses.map(async (url) => (await hub.call({ url })).json()));
    for (const document of documents) {
      expect(document).toEqual(documents[0]);
    }
    expect(documents[0]).toMatchObject({
      userinfo_endpoint: `http://hub.test${PROTOCOL}/userinfo`,
      end_session_endpoint: `http://hub.test${PROTOCOL}/logout`,
    });
  });

  it.each([`${PROTOCOL}/certs`, `${REALM}/.well-known/openid-configuration`, REALM])(
    "is open to pages of every origin at %s",
    async (url) => {
      const reply = await hub.call({ url, headers: { origin: "https://elsewhere.example" } });
      expect(reply.headers["access-control-allow-origin"]).toBe("*");
    },
  );
});

describe("a page of another origin", () => {
  const preflight = (origin: string, url = `${PROTOCOL}/token`) =>
    hub.call({ method: "OPTIONS", url, headers: { origin, "access-control-request-method": "POST" } });

  it("that the operator named may call with a token, never with a cookie", async () => {
    const asked = await preflight(ORIGIN);
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-methods": expect.stringContaining("POST"),
      "access-control-allow-headers": expect.stringContaining("Authorization"),
      vary: "Origin",
    });
    expect(asked.headers["access-control-allow-credentials"]).toBeUndefined();
    const refused = await hub.call({
      method: "POST",
      url: `${PROTOCOL}/token`,
      headers: { origin: ORIGIN },
      form: {},
    });
    expect(refused.headers["access-control-allow-origin"]).toBe(ORIGIN);
  });

  it.each([
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "null",
    "https://elsewhere.example",
  ])("%s is told nothing", async (origin) => {
    const reply = await preflight(origin);
    expect(reply.statusCode).toBe(405);
    expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
  });

  // A proxy that hands on the method would take a good answer to a preflight for a verdict.
  it("gets no verdict by a preflight", async () => {
    expect((await preflight(ORIGIN, "/verify")).statusCode).not.toBe(204);
  });
});
