import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createVerifier, type Verdict, type Verifier } from "../packages/sdk/src/verifier/verifier.ts";
import { drawSecret } from "../packages/server/src/core/secret/format.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { ADMIN_PASSWORD, api } from "./server.ts";
import { basic, type ServiceHub, startServiceHub } from "./service-hub.ts";

/** What the SDK says about a header, held to what the hub's own `GET /verify` says about it. */
let hub: ServiceHub;

beforeAll(async () => {
  hub = await startServiceHub();
});

afterAll(() => hub?.stop());

/** What forward authentication says: 200, 401 or 403, and to whom. */
async function verifyAtTheHub(authorization: string | undefined, scope: string | null) {
  const query = scope === null ? "" : `?scope=${encodeURIComponent(scope)}`;
  const response = await fetch(`${hub.server.url}/verify${query}`, {
    headers: authorization === undefined ? {} : { authorization },
  });
  const said = (name: string) => response.headers.get(name);
  return response.status === 200
    ? [200, said("remote-user"), said("x-mintmark-subject"), said("x-mintmark-kind")]
    : [response.status];
}

function inItsWords(verdict: Verdict, kind = verdict.active ? verdict.caller.kind : null) {
  if (verdict.active) {
    return [200, verdict.caller.username, verdict.caller.subject, kind];
  }
  return [verdict.reason === "insufficient_scope" ? 403 : 401];
}

describe("the verdict on a header is that of GET /verify", () => {
  /** Headers by what they show. */
  const headers = new Map<string, string | undefined>();
  const SCOPES = [
    null,
    "service:reports:read",
    "service:reports:read repository:team/app:pull",
    "service:reports:read,write",
    "repository:team/*:pull",
    "repository:ada/x:push,pull",
    "collection:acme.tools:download",
    "instance:sales:use",
    "instance:*:use",
    "user:admin",
    "*:*:*",
    "",
    "nonsense",
  ];

  beforeAll(async () => {
    for (const kind of ["hub_token", "app_token", "platform_key", "personal_token"]) {
      headers.set(kind, (await hub.issue(kind)).secret);
    }
    headers.set("instance_key", (await hub.issue("instance_key", { instance: "sales" })).secret);
    const narrow = await hub.issue("personal_token", { scopes: ["service:reports:read"] });
    headers.set("a narrow token", narrow.secret);
    const offline = await hub.issue("offline_token");
    headers.set("an offline token", offline.secret);
    headers.set("a bearer of the realm", await hub.exchange(offline.secret));
    headers.set("a bearer of a client", await hub.clientBearer());
    const key = { username: "ada", api_key: headers.get("platform_key") };
    headers.set("a bearer of IBM's kind", await hub.zenBearer(key));
    headers.set("one by password", await hub.zenBearer({ username: "ada", password: "a long password" }));
    const instanceKey = headers.get("instance_key") ?? "";
    headers.set("one for an instance", await hub.instanceBearer(basic("ada", instanceKey, "ZenApiKey")));
    headers.set("a session", hub.admin);
    headers.set("a secret nobody has", drawSecret(systemEntropy, "mmt_").reveal());
    headers.set("the service's own secret", hub.client.clientSecret);
    headers.set("a bearer torn at its end", `${headers.get("a bearer of the realm")?.slice(0, -4)}AAAA`);
    headers.set("words", "not a secret");

    const revoked = await hub.issue("personal_token");
    await hub.revoke(revoked.id);
    headers.set("a revoked token", revoked.secret);
    await hub.addUser("bob");
    headers.set("a token of somebody disabled", (await hub.issue("personal_token", {}, "bob")).secret);
    const body = { disabled: true };
    await api(hub.server, "PATCH", "/users/bob", { bearer: hub.admin, body });
    for (const [name, shown] of [...headers]) {
      headers.set(name, `Bearer ${shown}`);
    }

    headers.set("nothing", undefined);
    headers.set("an empty header", "");
    headers.set("a password", basic("admin", ADMIN_PASSWORD));
    headers.set("another scheme", `Digest ${headers.get("hub_token")}`);
    for (const kind of ["app_token", "personal_token", "an offline token", "a bearer of the realm"]) {
      const secret = headers.get(kind)?.slice("Bearer ".length) ?? "";
      headers.set(`${kind}, Token`, `token ${secret}`);
      for (const name of ["ada", "ADA", "$app", "admin", ""]) {
        headers.set(`${kind}, Basic ${name}`, basic(name, secret));
        headers.set(`${kind}, ZenApiKey ${name}`, basic(name, `${secret}\n`, "ZenApiKey"));
      }
    }
  });

  /** How many of each status there were: a table that is all refusals would prove nothing. */
  async function compare(verifier: Verifier, kindIsKnown: (header: string) => boolean): Promise<number[]> {
    const counts = [200, 401, 403].map(() => 0);
    for (const [name, header] of headers) {
      for (const scope of SCOPES) {
        const [expected, verdict] = await Promise.all([
          verifyAtTheHub(header, scope),
          verifier.verify(header, { scope }),
        ]);
        const kind = kindIsKnown(header ?? "") ? undefined : String(expected[3]);
        expect(inItsWords(verdict, kind), `${name}, scope ${scope}`).toEqual(expected);
        expect([verdict, null]).toContainEqual(verifier.verifyFromMemory(header, { scope }));
        const at = [200, 401, 403].indexOf(Number(expected[0]));
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
    return counts;
  }

  test.each([
    ["asked by a client", () => ({ credentials: hub.client }), () => true],
    ["asked by a personal token", () => ({ credentials: hub.token }), () => true],
    // A bearer does not say what it was made from.
    [
      "checked locally where it can be",
      () => ({ credentials: hub.client, local: true }),
      (header: string) => !header.includes(".eyJ"),
    ],
  ] as const)("%s", async (_how, options, kindIsKnown) => {
    const verifier = createVerifier({ baseUrl: hub.server.url, timeoutMs: 20_000, ...options() });
    const [passed = 0, refused = 0, forbidden = 0] = await compare(verifier, kindIsKnown);
    expect(passed).toBeGreaterThan(80);
    expect(refused).toBeGreaterThan(200);
    expect(forbidden).toBeGreaterThan(80);
  });

  // The one way in which the SDK is stricter: it knows of an authority what the hub writes down, and this
  // cannot be written as a scope.
  test("but for wildcards that cross and that no scope can express: then it says no", async () => {
    await hub.addUser("cyd");
    const body = { grants: ["repository:a*/x:pull"] };
    await api(hub.server, "PUT", "/users/cyd/grants", { bearer: hub.admin, body });
    const { secret } = await hub.issue("personal_token", { scopes: ["repository:*b/x:pull"] }, "cyd");
    const scope = "repository:ab/x:pull";
    expect((await verifyAtTheHub(`Bearer ${secret}`, scope))[0]).toBe(200);
    const verifier = createVerifier({ baseUrl: hub.server.url, credentials: hub.client });
    expect(inItsWords(await verifier.verify(`Bearer ${secret}`, { scope }))).toEqual([403]);
  });
});

describe("a bearer that is checked locally", () => {
  /** Without credentials, so that nothing of the answer can come from asking. */
  const alone = (options = {}) => createVerifier({ baseUrl: hub.server.url, local: true, ...options });

  test("may do what it says of itself; secrets cannot be judged", async () => {
    const { secret } = await hub.issue("offline_token");
    const bearer = `Bearer ${await hub.exchange(secret)}`;
    const scope = "collection:acme.tools:download";
    const verdict = await alone().verify(bearer, { scope });
    expect(verdict).toMatchObject({ active: true, caller: { username: "ada", kind: null } });
    expect((await alone().verify(bearer, { scope: "service:reports:read" })).active).toBe(false);
    expect(await alone().verify(`Bearer ${hub.token.token}`)).toEqual({ active: false, reason: "inactive" });
  });

  // What the documentation says must be true in both directions.
  test("outlives its revocation here, and does not where the hub is asked", async () => {
    const { secret, id } = await hub.issue("offline_token");
    const bearer = `Bearer ${await hub.exchange(secret)}`;
    await hub.revoke(id);
    const asking = createVerifier({ baseUrl: hub.server.url, credentials: hub.client });
    expect(await asking.verify(bearer)).toEqual({ active: false, reason: "inactive" });
    expect((await alone().verify(bearer)).active).toBe(true);
  });

  test("is for the hub that this service names, and for no other", async () => {
    const bearer = `Bearer ${await hub.clientBearer()}`;
    const issuer = `${hub.server.url}/auth/realms/redhat-external`;
    const verdictBy = async (local: object) => (await alone({ local }).verify(bearer)).active;
    expect(await verdictBy({ issuer, audience: hub.server.url })).toBe(true);
    expect(await verdictBy({ audience: "https://reports.example" })).toBe(false);
    expect(await verdictBy({ issuer: `${hub.server.url}/auth/realms/other` })).toBe(false);
  });

  // E6. The true claims under every signature that is not the hub's.
  test("is refused when it is forged, by each way of asking", async () => {
    const good = await hub.clientBearer();
    const [headerText = "", claims = "", signature = ""] = good.split(".");
    const header = JSON.parse(Buffer.from(headerText, "base64url").toString());
    const { keys } = (await (await fetch(`${hub.server.url}/oauth/jwks`)).json()) as { keys: JsonWebKey[] };
    const jwk = keys.find((key) => key.kid === header.kid) ?? {};
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    const other = keys.find((key) => key.kid !== header.kid);
    const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const input = (changed: object) =>
      `${Buffer.from(JSON.stringify({ ...header, ...changed })).toString("base64url")}.${claims}`;
    const byHmac = (text: string, key: string | Buffer) =>
      `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
    const byOwn = (text: string) =>
      `${text}.${sign("sha256", Buffer.from(text), own.privateKey).toString("base64url")}`;
    expect(other).toBeDefined();

    const forged = [
      `${input({ alg: "none" })}.`,
      `${input({ alg: "none" })}.${signature}`,
      byHmac(input({ alg: "HS256" }), pem),
      byHmac(input({ alg: "HS256" }), JSON.stringify(jwk)),
      byOwn(input({})),
      byOwn(input({ kid: "made up" })),
      byOwn(input({ jwk: own.publicKey.export({ format: "jwk" }) })),
      `${input({ kid: other?.kid })}.${signature}`,
      `${headerText}.${Buffer.from('{"sub":"root"}').toString("base64url")}.${signature}`,
    ];
    const asking = createVerifier({ baseUrl: hub.server.url, credentials: hub.token });
    for (const verifier of [alone(), asking]) {
      for (const jwt of forged) {
        expect((await verifier.verify(`Bearer ${jwt}`)).active, jwt.slice(0, 80)).toBe(false);
      }
      expect((await verifier.verify(`Bearer ${good}`)).active).toBe(true);
    }
  });
});
