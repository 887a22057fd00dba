import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness, type HarnessOptions, PASSWORD } from "../../testing/harness.ts";
import {
  type Answer,
  AUTH,
  accessOf,
  basic,
  type Claims,
  part,
  repository,
  SERVICE,
} from "../../testing/registry-answers.ts";

const NOBODY = anonymousCaller({ address: null, agent: null });

let harness: Harness;
let app: string;

async function open(policy: HarnessOptions["policy"] = {}): Promise<void> {
  harness = await createHarness({ policy });
  await harness.addUser("ada", { grants: ["repository:team/*:pull"] });
  await harness.addUser("bob");
  app = (await harness.issue("ada", "app_token")).secret;
}

beforeEach(() => open());
afterEach(() => harness.close());

function get(query: string, headers: Record<string, string> = basic("$app", app)) {
  return harness.call({ url: `${AUTH}?service=${SERVICE}${query}`, headers });
}

function post(form: Record<string, string> | readonly (readonly [string, string])[]) {
  return harness.call({ method: "POST", url: AUTH, form });
}

async function asked(scope: string, headers?: Record<string, string>): Promise<Claims["access"]> {
  const reply = await get(`&scope=${encodeURIComponent(scope)}`, headers);
  expect(reply.statusCode).toBe(200);
  return accessOf(reply);
}

describe("a registry token", () => {
  it("is what docker-registry 2.8 and 3 verify: ES256 by a certificate of certs.pem, one audience, whole seconds", async () => {
    const reply = await get("&account=%24app&scope=repository:ada/app:pull,push");
    expect(reply.headers["cache-control"]).toBe("no-store");
    const answer = reply.json<Answer>();
    expect(answer).toEqual({
      token: answer.access_token,
      access_token: expect.any(String),
      expires_in: 300,
      issued_at: "2025-01-08T12:00:00Z",
    });
    const header = part<{ alg: string; typ: string; kid: string; x5c: string[] }>(answer.token, 0);
    const certificate = new X509Certificate(Buffer.from(header.x5c[0] ?? "", "base64"));
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    expect(header).toMatchObject({ alg: "ES256", typ: "JWT", kid: libtrust(spki) });
    const [head, body, signature = ""] = answer.token.split(".");
    const key = { key: certificate.publicKey, dsaEncoding: "ieee-p1363" } as const;
    const signed = Buffer.from(`${head}.${body}`);
    expect(verify("sha256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
    const bundle = await harness.call({ url: `${AUTH}/certs.pem` });
    expect(bundle.headers["content-type"]).toBe("application/x-pem-file");
    expect(bundle.body).toContain(certificate.toString());
    const now = harness.clock.now() / 1000;
    expect(part<Claims>(answer.token, 1)).toEqual({
      iss: "mintmark",
      sub: "ada",
      aud: SERVICE,
      iat: now,
      nbf: now,
      exp: now + 300,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      access: [repository("ada/app", "pull", "push")],
    });
  });

  it("names its key by RFC 7638 where the operator says so", async () => {
    await harness.close();
    await open({ registryKid: "rfc7638" });
    const { token } = (await get("")).json<Answer>();
    // Registry 3.1 looks at a certificate first, and refuses it where it is configured with a JWK set alone.
    expect(part<Record<string, unknown>>(token, 0)).not.toHaveProperty("x5c");
    const { kid } = part<{ kid: string }>(token, 0);
    const published = await harness.call({ url: `${AUTH}/jwks` });
    const { keys } = published.json<{ keys: Record<string, string>[] }>();
    const { crv, kty, x, y } = keys.find((key) => key["kid"] === kid) ?? {};
    expect(kid).toBe(createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url"));
  });

  it("stays verifiable by certs.pem while it lives, also after the key has changed", async () => {
    const { token } = (await get("")).json<Answer>();
    const [der = ""] = part<{ x5c: string[] }>(token, 0).x5c;
    const pem = new X509Certificate(Buffer.from(der, "base64")).toString();
    await harness.hub.keys.rotate("registry", NOBODY);
    expect((await harness.call({ url: `${AUTH}/certs.pem` })).body).toContain(pem);
    const next = (await get("")).json<Answer>().token;
    const [nextDer = ""] = part<{ x5c: string[] }>(next, 0).x5c;
    expect(nextDer).not.toBe(der);
    createPublicKey(new X509Certificate(Buffer.from(nextDer, "base64")).toString());
  });

  it("lives no longer than its parent has left, but at least the minute that clients insist on", async () => {
    const now = harness.clock.now();
    for (const [leftMs, seconds] of [
      [600_000, 300],
      [200_500, 200],
      [5_000, 60],
    ] as const) {
      const { secret } = await harness.issue("ada", "app_token", { expiresAt: now + leftMs });
      expect((await get("", basic("$app", secret))).json<Answer>().expires_in).toBe(seconds);
    }
    const idle = await harness.issue("ada", "personal_token", { idleMs: 120_000 });
    expect((await get("", basic("ada", idle.secret))).json<Answer>().expires_in).toBe(120);
  });

  it("is no bearer at our own doors", async () => {
    const { token } = (await get("&scope=repository:ada/app:*")).json<Answer>();
    const reply = await harness.call({ url: "/api/mintmark/v1/session", bearer: token });
    expect(reply.statusCode).toBe(401);
  });
});

describe("what it grants", () => {
  it("is what is asked and held, under the own name and by grant, and no more", async () => {
    expect(await asked("repository:ada/app:pull,push")).toEqual([repository("ada/app", "pull", "push")]);
    expect(await asked("repository:ada/deep/er:push")).toEqual([repository("ada/deep/er", "push")]);
    expect(await asked("repository:team/app:pull,push")).toEqual([repository("team/app", "pull")]);
    expect(await asked("repository:bob/app:pull,push")).toEqual([]);
    expect(await asked("repository:ada:pull")).toEqual([]);
    expect(await asked("repository:adam/app:pull")).toEqual([]);
  });

  it("by * is all that the caller holds there", async () => {
    expect(await asked("repository:ada/app:*")).toEqual([
      repository("ada/app", "pull", "push", "delete", "*"),
    ]);
    expect(await asked("repository:team/app:*")).toEqual([repository("team/app", "pull")]);
    expect(await asked("repository:bob/app:*")).toEqual([]);
  });

  it("ends where the token's own scopes end", async () => {
    const { secret } = await harness.issue("ada", "app_token", { scopes: ["repository:ada/app:pull"] });
    const headers = basic("$app", secret);
    expect(await asked("repository:ada/app:pull,push", headers)).toEqual([repository("ada/app", "pull")]);
    expect(await asked("repository:ada/other:pull", headers)).toEqual([]);
  });

  it("takes many scopes, repeated or parted by spaces, and says each name once", async () => {
    const query =
      "&scope=repository:ada/a:pull&scope=repository:ada/b:pull%20repository:ada/a:push&scope=repository:ada/a:pull&scope=";
    expect(accessOf(await get(query))).toEqual([
      repository("ada/a", "pull", "push"),
      repository("ada/b", "pull"),
    ]);
  });

  it.each([
    "nonsense",
    "repository",
    "repository:ada/app",
    "repository:ada/app:",
    "repository::pull",
    "repository:Ada/App:pull",
    "repository:ada//app:pull",
    "repository:ada/../bob/app:pull",
    "repository:ada/*:pull",
    "repository:*:pull",
    "repository:ada/app:fly",
    "galaxy:ada/app:pull",
    "user:admin",
    "*:*:*",
    "registry:catalog:*",
    `repository:ada/${"x".repeat(252)}:pull`,
  ])("for %s is nothing, and no error", async (scope) => {
    expect(await asked(scope)).toEqual([]);
  });

  it("to an administrator is everything, the catalog by password alone", async () => {
    await harness.addUser("root", { role: "admin" });
    const headers = basic("root", PASSWORD);
    expect(await asked("registry:catalog:*", headers)).toEqual([
      { type: "registry", name: "catalog", actions: ["*"] },
    ]);
    expect(await asked("repository:host:5000/any/thing:push", headers)).toEqual([
      repository("host:5000/any/thing", "push"),
    ]);
    expect(await asked("repository:*:pull", headers)).toEqual([]);
    const { secret } = await harness.issue("root", "app_token");
    expect(await asked("registry:catalog:*", basic("$app", secret))).toEqual([]);
    expect(await asked("repository:any/thing:push", basic("$app", secret))).toHaveLength(1);
  });

  it("changes with the grants at the next request", async () => {
    const { accounts } = harness.hub;
    await accounts.setGrants("ada", [], NOBODY);
    expect(await asked("repository:team/app:pull")).toEqual([]);
  });

  it("to a stranger is what the set anonymous holds, at first nothing", async () => {
    expect(await asked("repository:public/app:pull", {})).toEqual([]);
    await harness.hub.accounts.setSharedGrants("anonymous", ["repository:public/*:pull"], NOBODY);
    expect(await asked("repository:public/app:pull,push", {})).toEqual([repository("public/app", "pull")]);
    const { token } = (await get("&offline_token=true", {})).json<Answer>();
    expect(part<Claims>(token, 1).sub).toBe("");
  });
});

describe("who logs in", () => {
  it("$app with an app token, an account with its password or its own personal token", async () => {
    const own = await harness.issue("ada", "personal_token");
    for (const headers of [basic("$app", app), basic("ada", PASSWORD), basic("ADA", own.secret)]) {
      expect(await asked("repository:ada/app:push", headers)).toHaveLength(1);
    }
  });

  it("nobody else: each is 401 with the registry's error and a challenge", async () => {
    const personal = (await harness.issue("ada", "personal_token")).secret;
    const hub = (await harness.issue("ada", "hub_token")).secret;
    const key = (await harness.issue("ada", "platform_key")).secret;
    const session = await harness.logIn("ada");
    for (const headers of [
      basic("$app", "mma_wrong"),
      basic("$app", PASSWORD),
      basic("$app", personal),
      basic("ada", app),
      basic("bob", personal),
      basic("ada", "wrong password"),
      basic("nobody", PASSWORD),
      basic("ada", hub),
      basic("ada", key),
      basic("ada", session),
      { authorization: `Bearer ${app}` },
      { authorization: `Bearer ${session}` },
      { authorization: "Basic !!!" },
    ]) {
      const reply = await get("&scope=repository:ada/app:pull", headers);
      expect([headers, reply.statusCode]).toEqual([headers, 401]);
      expect(reply.json()).toEqual({
        errors: [{ code: "UNAUTHORIZED", message: expect.any(String), detail: {} }],
      });
      expect(reply.headers["www-authenticate"]).toMatch(/^Basic /);
      expect(reply.body).not.toContain("eyJ");
    }
  });

  it("not by the browser's cookie: such a request is a stranger's", async () => {
    const { cookie = "" } = await harness.logInByCookie("ada");
    expect(await asked("repository:ada/app:pull", { cookie })).toEqual([]);
  });

  it("not with a token that has ended, and its holder is told so", async () => {
    const short = await harness.issue("ada", "app_token", { expiresAt: harness.clock.now() + 60_000 });
    harness.clock.advance({ minutes: 2 });
    const reply = await get("", basic("$app", short.secret));
    expect(reply.statusCode).toBe(401);
    expect(reply.json().errors[0].message).toBe(
      "This token expired on 2025-01-08. Get a new one at http://hub.test/",
    );
  });

  it("not after eleven wrong passwords", async () => {
    for (let time = 0; time < 10; time += 1) {
      await get("", basic("bob", "wrong"));
    }
    const reply = await get("", basic("bob", PASSWORD));
    expect(reply.statusCode).toBe(429);
    expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
    expect(reply.json().errors[0].code).toBe("TOOMANYREQUESTS");
  });
});

describe("the service", () => {
  it.each(["", "?service=", "?service=other.example.com"])(
    "must be one of the operator's: %s",
    async (query) => {
      const reply = await harness.call({ url: AUTH + query, headers: basic("$app", app) });
      expect(reply.statusCode).toBe(400);
      expect(reply.json().errors).toHaveLength(1);
    },
  );

  it("is checked on POST too", async () => {
    const reply = await post({ grant_type: "password", username: "$app", password: app });
    expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_request"]);
  });
});

describe("POST", () => {
  const client = { service: SERVICE, client_id: "containerd-client" };

  it("gives by password what GET gives by Basic", async () => {
    const reply = await post({
      grant_type: "password",
      username: "$app",
      password: app,
      scope: "repository:ada/a:pull,push repository:bob/b:pull",
      ...client,
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      scope: "repository:ada/a:pull,push",
      expires_in: 300,
      issued_at: "2025-01-08T12:00:00Z",
    });
    expect(accessOf(reply)).toEqual([repository("ada/a", "pull", "push")]);
  });

  it("reads repeated scope fields, as containers/image sends them", async () => {
    const reply = await post([
      ["grant_type", "password"],
      ["username", "ada"],
      ["password", PASSWORD],
      ["service", SERVICE],
      ["scope", "repository:ada/a:pull"],
      ["scope", "repository:ada/b:pull"],
    ]);
    expect(accessOf(reply)).toHaveLength(2);
  });

  it("refuses in RFC 6749's words, with the message that docker looks for", async () => {
    for (const [form, error] of [
      [{ grant_type: "password", username: "$app", password: "mma_wrong", ...client }, "invalid_grant"],
      [{ grant_type: "password", username: "ada", password: app, ...client }, "invalid_grant"],
      [{ grant_type: "password", username: "ada", password: "wrong", ...client }, "invalid_grant"],
      [{ grant_type: "refresh_token", refresh_token: app, ...client }, "invalid_grant"],
      [{ grant_type: "refresh_token", refresh_token: `mmr_${"0".repeat(96)}`, ...client }, "invalid_grant"],
      [{ grant_type: "client_credentials", ...client }, "unsupported_grant_type"],
      [{ grant_type: "password", username: "ada", ...client }, "invalid_request"],
      [{ ...client }, "invalid_request"],
    ] as const) {
      const reply = await post(form as Record<string, string>);
      expect([form, reply.statusCode, reply.json().error]).toEqual([form, 400, error]);
      expect(reply.json()).toMatchObject({
        error_description: expect.any(String),
        errors: [{ message: expect.any(String) }],
      });
    }
    const json = await harness.call({ method: "POST", url: AUTH, json: { grant_type: "password" } });
    expect([json.statusCode, json.json().error]).toEqual([400, "invalid_request"]);
  });
});

describe("a log-in", () => {
  it("is seen as last use, with address and client, whichever way it came", async () => {
    const { id, secret } = await harness.issue("ada", "app_token");
    const headers = { ...basic("$app", secret), "user-agent": "skopeo/1.9.3" };
    await harness.call({ url: `${AUTH}?service=${SERVICE}`, headers });
    const find = async () => harness.hub.uses.latest(await found(id));
    expect(await find()).toEqual({ at: harness.clock.now(), address: "127.0.0.1", agent: "skopeo/1.9.3" });
    harness.clock.advance({ minutes: 1 });
    await post({ grant_type: "password", username: "$app", password: secret, service: SERVICE });
    expect((await find())?.at).toBe(harness.clock.now());
  });

  async function found(id: string) {
    const credential = await harness.hub.credentials.find(id);
    if (!credential) {
      throw new Error("no credential");
    }
    return credential;
  }
});

describe("paths", () => {
  it("below /v2 that are not ours answer 404 and 405 as a registry would", async () => {
    for (const url of ["/v2/_catalog", "/v2/ada/app/manifests/latest"]) {
      const reply = await harness.call({ url });
      expect([reply.statusCode, reply.json().errors[0].code]).toEqual([404, "NOT_FOUND"]);
    }
    const reply = await harness.call({ method: "PUT", url: AUTH });
    expect([reply.statusCode, reply.json().errors[0].code]).toEqual([405, "UNSUPPORTED"]);
  });
});

function libtrust(spki: Buffer): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...createHash("sha256").update(spki).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  const text = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join("");
  return (text.match(/.{4}/g) ?? []).join(":");
}
