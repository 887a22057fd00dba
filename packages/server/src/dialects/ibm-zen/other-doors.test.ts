import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allDialects } from "../../dialects.ts";
import { type Call, createHarness, type Harness } from "../../testing/harness.ts";
import { AUTHORIZE, basic, INSTANCES, zenApiKey } from "../../testing/zen-hub.ts";

const OWN_INSTANCE = "sales";
const SAFE = ["GET", "HEAD"];
/** Here the key becomes a bearer for its own instance; another one is not found. */
const TOKEN_DOORS = [`${INSTANCES}/hr/token`, "/zen-data/v2/serviceInstance/token"];

let hub: Harness;
let key: string;
let bearer: string;

// The owner may do everything, so that nothing but the key's own bounds holds it back.
beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  const root = await hub.logIn("root");
  for (const id of [OWN_INSTANCE, "hr"]) {
    const json = { id, displayName: id };
    await hub.call({ method: "POST", url: "/api/mintmark/v1/instances", bearer: root, json });
  }
  key = (await hub.issue("root", "instance_key", { instance: OWN_INSTANCE })).secret;
  const reply = await hub.call({ url: `${INSTANCES}/${OWN_INSTANCE}/token`, headers: basic("root", key) });
  bearer = reply.json().data.token;
});

afterAll(() => hub.close());

describe("an instance key and its bearer are refused", () => {
  test("at every door of every system that asks who is calling, however they are shown", async () => {
    // Not the gateway: services ask there about every key, and its own tests say what an instance key opens.
    const doors = allDialects(hub.hub, { galaxyPrefix: "/api/galaxy" })
      .filter(({ name }) => name !== "gateway")
      .flatMap(({ routes }) => routes)
      .filter(({ access }) => access !== "public");
    expect(doors.length).toBeGreaterThan(60);
    const opened: string[] = [];
    for (const { method, path } of doors) {
      const url = path.replaceAll(/:\w+/g, "hr");
      for (const [how, headers] of Object.entries(shown())) {
        const call = {
          method,
          url,
          headers,
          ...(SAFE.includes(method) ? {} : { json: { serviceInstanceId: "hr" } }),
        };
        const { statusCode } = await hub.call(call);
        const elsewhere = TOKEN_DOORS.includes(url) ? 404 : 401;
        // A public page may still ask for a sign-in of its own.
        if (statusCode !== 401 && statusCode !== 403 && statusCode !== elsewhere) {
          opened.push(`${statusCode} ${method} ${url} ${how}`);
        }
      }
    }
    expect(opened).toEqual([]);
  }, 60_000);

  test.each<[string, () => Call]>([
    ["authorize, as a key", () => ({ ...post(AUTHORIZE), json: { username: "root", api_key: key } })],
    ["authorize, as a password", () => ({ ...post(AUTHORIZE), json: { username: "root", password: key } })],
    ["signin", () => ({ ...post("/v1/preauth/signin"), json: { username: "root", password: key } })],
    ["validateAuth", () => ({ url: "/v1/preauth/validateAuth", headers: basic("root", key) })],
    [
      "IAM's door",
      () => ({
        ...post("/identity/token"),
        form: { grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: key },
      }),
    ],
    ["MCSP's second door", () => ({ ...post("/api/2.0/apikeys/token"), json: { apikey: key } })],
    [
      "validateAuth, as the identity provider's token",
      () => ({ url: "/v1/preauth/validateAuth", headers: { username: "root", "iam-token": key } }),
    ],
    [
      "validateAuth, its bearer as the identity provider's token",
      () => ({ url: "/v1/preauth/validateAuth", headers: { username: "root", "iam-token": bearer } }),
    ],
    ["MCSP's door", () => ({ ...post("/siusermgr/api/1.0/apikeys/token"), json: { apikey: key } })],
    [
      "our own log-in",
      () => ({ ...post("/api/mintmark/v1/session"), json: { username: "root", password: key } }),
    ],
    [
      "the realm's token endpoint",
      () => ({
        ...post("/auth/realms/redhat-external/protocol/openid-connect/token"),
        form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: key },
      }),
    ],
    [
      "introspection, as who asks",
      () => ({ ...post("/oauth/introspect"), form: { token: key }, headers: basic("root", key) }),
    ],
    [
      "the registry",
      () => ({
        url: "/v2/auth?service=mintmark-registry&scope=repository:root/x:pull",
        headers: basic("root", key),
      }),
    ],
    [
      "the registry, as an app token",
      () => ({ url: "/v2/auth?service=mintmark-registry", headers: basic("$app", key) }),
    ],
  ])("at %s", async (_door, call) => {
    const reply = await hub.call(call());
    expect([400, 401]).toContain(reply.statusCode);
    expect(reply.body).not.toMatch(/eyJ/);
  });

  test("for another instance, and let in for their own", async () => {
    for (const headers of Object.values(shown())) {
      const status = async (scope: string) =>
        (await hub.call({ url: `/verify?scope=${scope}`, headers })).statusCode;
      expect(await status(`instance:${OWN_INSTANCE}:use`)).toBe(200);
      for (const scope of ["instance:hr:use", "instance:*:use", "user:admin", "collection:*:download"]) {
        expect(await status(scope)).toBe(403);
      }
    }
  });
});

function shown(): Record<string, Record<string, string>> {
  return {
    "as ZenApiKey": zenApiKey("root", key),
    "as Basic": basic("root", key),
    "as Bearer": { authorization: `Bearer ${key}` },
    "as Token": { authorization: `Token ${key}` },
    "as its bearer": { authorization: `Bearer ${bearer}` },
  };
}

function post(url: string) {
  return { method: "POST", url } as const;
}
