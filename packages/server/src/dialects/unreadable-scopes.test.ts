import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../core/caller.ts";
import { leastCost } from "../testing/cost.ts";
import { createHarness, type Harness } from "../testing/harness.ts";

// A scope that cannot be read and is skipped gives more than was asked for: the list that is left, or no
// narrowing at all.

const REALM = "/auth/realms/redhat-external/protocol/openid-connect";
const NOBODY = anonymousCaller({ address: null, agent: "test" });
const MISSPELLED = [
  "collection:acme.tools:Download",
  "collection:acme.tools:download,",
  "Collection:acme.tools:download",
  "collection:acme/tööls:download",
  "collection:acme.**:download",
  "collection:acme..tools:download",
  "repository:a/../b:pull",
  "user:read",
  "collection:a:download,collection:b:download",
  "collection",
  "collection.acme.tools",
];

let hub: Harness;
let admin: string;
let offline: string;
let personal: string;
let client: { client_id: string; client_secret: string };

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["collection:*:download,upload", "repository:ada/*:pull"] });
  await hub.addUser("root", { role: "admin" });
  admin = await hub.logIn("root");
  offline = (await hub.issue("ada", "offline_token")).secret;
  personal = (await hub.issue("ada", "personal_token")).secret;
  const { client: made, secret } = await hub.hub.clients.create(
    { name: "service", type: "confidential", scopes: ["collection:*:download", "hub:introspect:use"] },
    NOBODY,
  );
  client = { client_id: made.id, client_secret: secret?.reveal() ?? "" };
});

afterAll(() => hub.close());

const exchange = (scope: string) =>
  hub.call({
    method: "POST",
    url: `${REALM}/token`,
    form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: offline, scope },
  });

describe("a scope that cannot be read is refused and named", () => {
  test.each(MISSPELLED)("at every grant of the token endpoint: %s", async (scope) => {
    const replies = [
      await exchange(scope),
      await exchange(`openid collection:acme.tools:download ${scope}`),
      await hub.call({
        method: "POST",
        url: `${REALM}/token`,
        form: { grant_type: "client_credentials", ...client, scope },
      }),
      await hub.call({
        method: "POST",
        url: `${REALM}/auth/device`,
        form: { client_id: "cloud-services", scope },
      }),
    ];

    for (const reply of replies) {
      expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_scope"]);
      expect(reply.json().error_description).toContain(scope.replace(/[^\x20-\x7e]/g, "?"));
    }
  });

  test.each(MISSPELLED)("in our own API: %s", async (scope) => {
    const replies = [
      await hub.call({
        method: "POST",
        url: "/api/mintmark/v1/credentials",
        bearer: admin,
        json: { kind: "personal_token", title: "x", scopes: ["collection:acme.tools:download", scope] },
      }),
      await hub.call({
        method: "PUT",
        url: "/api/mintmark/v1/users/ada/grants",
        bearer: admin,
        json: { grants: ["collection:acme.tools:download", scope] },
      }),
      await hub.call({
        method: "PUT",
        url: "/api/mintmark/v1/grants/authenticated",
        bearer: admin,
        json: { grants: [scope] },
      }),
      await hub.call({
        method: "POST",
        url: "/api/mintmark/v1/oauth/clients",
        bearer: admin,
        json: { name: "x", type: "confidential", scopes: [scope] },
      }),
    ];

    for (const reply of replies) {
      expect([reply.statusCode, reply.json().code]).toEqual([400, "invalid_scope"]);
      expect(reply.json().detail).toContain(scope.replace(/[^\x20-\x7e]/g, "?"));
    }
  });

  test.each([...MISSPELLED, " ", "+"])("where a service asks what a token may do: %j", async (scope) => {
    const introspected = await hub.call({
      method: "POST",
      url: "/oauth/introspect",
      form: { token: personal, ...client, scope },
    });
    const verified = await hub.call({
      url: `/verify?scope=${encodeURIComponent(scope)}`,
      bearer: personal,
    });

    expect([introspected.statusCode, introspected.json().error]).toEqual([400, "invalid_scope"]);
    expect(verified.statusCode).toBe(403);
  });
});

test.each(["openid", "offline_access", "api.console", "profile email roles", "urn:zitadel:iam:org"])(
  "words of other systems pass at the token endpoint and narrow nothing: %s",
  async (scope) => {
    const reply = await exchange(scope);

    expect(reply.statusCode).toBe(200);
    expect(reply.json().scope).toContain("collection:*:");
  },
);

test.each(["Scope", "scopes", "scope[]", "%3Fscope", "scope%20", "x"])(
  "a question at the gateway by another name than scope opens nothing: %s",
  async (name) => {
    const alone = await hub.call({ url: `/verify?${name}=collection:acme.tools:download`, bearer: personal });
    const beside = await hub.call({
      url: `/verify?scope=collection:acme.tools:download&${name}=user:admin`,
      bearer: personal,
    });

    expect([alone.statusCode, beside.statusCode]).toEqual([403, 403]);
  },
);

test("a secret that somebody pastes as a scope is not said back", async () => {
  const reply = await exchange(`collection:${offline}:download:`);

  expect(reply.statusCode).toBe(400);
  expect(reply.body).not.toContain(offline.slice(0, 12));
});

describe("a question has at most a hundred scopes", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => `repository:ada/app${at}:pull`).join(" ");

  test("at introspection and at the gateway", async () => {
    const introspect = (scope: string) =>
      hub.call({ method: "POST", url: "/oauth/introspect", form: { token: personal, ...client, scope } });
    const verify = (scope: string) =>
      hub.call({ url: `/verify?scope=${encodeURIComponent(scope)}`, bearer: personal });

    expect((await introspect(many(100))).json().active).toBe(true);
    expect((await introspect(many(101))).json().error).toBe("invalid_scope");
    expect([(await verify(many(100))).statusCode, (await verify(many(101))).statusCode]).toEqual([200, 403]);
  });

  // 400 KB of them once held the event loop for twelve seconds, before any proof was read.
  test("at the registry's token endpoint, however they are spelled, and before any proof is read", async () => {
    const post = (scopes: readonly string[]) =>
      hub.call({
        method: "POST",
        url: "/v2/auth",
        form: [
          ["grant_type", "password"],
          ["service", "mintmark-registry"],
          ["client_id", "test"],
          ["username", "nobody"],
          ["password", "wrong"],
          ...scopes.map((scope) => ["scope", scope] as const),
        ],
      });
    const hostile = Array.from({ length: 20_000 }, (_, at) => `repository:ada/app:a${at.toString(36)}`);
    const ask = async () => {
      for (const reply of [await post([hostile.join(" ")]), await post(hostile.slice(0, 101))]) {
        expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_request"]);
      }
    };
    expect(await leastCost(ask, 500)).toBeLessThan(500);
    const asked = await hub.call({
      url: `/v2/auth?service=mintmark-registry&scope=${encodeURIComponent(many(101))}`,
    });
    expect(asked.statusCode).toBe(400);
  });
});

// A bearer of 6 KB made this way once cost half a second of the event loop at each verification.
test("scopes that cross with what is held in thousands of ways are refused when a token is to be made", async () => {
  const crossing = await hub.issue("ada", "offline_token", {
    scopes: Array.from({ length: 100 }, (_, at) => `collection:a${at}.*:*`),
  });
  const reply = await hub.call({
    method: "POST",
    url: `${REALM}/token`,
    form: {
      grant_type: "refresh_token",
      client_id: "cloud-services",
      refresh_token: crossing.secret,
      scope: Array.from({ length: 50 }, (_, at) => `collection:*.b${at}:download`).join(" "),
    },
  });

  expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_scope"]);
});
