import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";

// A list of scopes, grants or addresses that is refused: the answer names the value at fault and says what
// was expected, in the form of each system.

const API = "/api/mintmark/v1";
const REALM = "/auth/realms/redhat-external/protocol/openid-connect";

let hub: Harness;
let root: string;
let credential: string;
let offline: string;

beforeAll(async () => {
  hub = await createHarness({ policy: { appTokenExpirationMs: 86_400_000 } });
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
  root = await hub.logIn("root");
  const scopes = ["collection:acme.*:download"];
  credential = (await hub.issue("root", "personal_token", { scopes, expiresAt: hub.clock.now() + 10_000 }))
    .id;
  offline = (await hub.issue("ada", "offline_token")).secret;
  const sales = { id: "sales", displayName: "Sales" };
  await hub.call({ method: "POST", url: `${API}/instances`, bearer: root, json: sales });
  const json = { name: "robot", stewards: ["root"], grants: ["collection:acme.*:download"] };
  await hub.call({ method: "POST", url: `${API}/services`, bearer: root, json });
});

afterAll(() => hub.close());

type Row = readonly [what: string, call: () => Call, code: string, field: string, named: string];

const post = (path: string, json: unknown): Call => ({
  method: "POST",
  url: `${API}${path}`,
  bearer: root,
  json,
});
const patch = (json: unknown): Call => ({
  method: "PATCH",
  url: `${API}/credentials/${credential}`,
  bearer: root,
  json,
});
const token = { kind: "personal_token", title: "x", scopes: ["*:*:*"] };

const ROWS: readonly Row[] = [
  [
    "a scope beyond the kind",
    () => post("/credentials", { kind: "app_token", scopes: ["collection:a:upload"] }),
    "invalid_scope",
    "scopes",
    "collection:a:upload",
  ],
  [
    "a scope beyond a service's grants",
    () =>
      post("/credentials", { ...token, owner: "robot", scopes: ["collection:acme.x:download", "hub:x:use"] }),
    "invalid_scope",
    "scopes",
    "hub:x:use",
  ],
  [
    "an empty list of scopes",
    () => post("/credentials", { ...token, scopes: [] }),
    "invalid_scope",
    "scopes",
    "an empty list",
  ],
  [
    "scopes for an instance key",
    () => post("/credentials", { kind: "instance_key", instance: "sales", scopes: ["instance:sales:use"] }),
    "invalid_scope",
    "scopes",
    "instance_key",
  ],
  [
    "a personal token without scopes",
    () => post("/credentials", { kind: "personal_token", title: "x" }),
    "invalid_scope",
    "scopes",
    "*:*:*",
  ],
  [
    "too many scopes",
    () => post("/credentials", { ...token, scopes: Array.from({ length: 101 }, () => "a:b:c") }),
    "invalid_scope",
    "scopes",
    "101",
  ],
  ["an empty list on change", () => patch({ scopes: [] }), "invalid_scope", "scopes", "an empty list"],
  [
    "a scope beyond the present ones",
    () => patch({ scopes: ["collection:acme.x:download", "collection:acme.x:upload"] }),
    "beyond_present",
    "scopes",
    "collection:acme.x:upload",
  ],
  [
    "a later end",
    () => patch({ expiresAt: "2040-01-01T00:00:00Z" }),
    "beyond_present",
    "expiresAt",
    "2040-01-01T00:00:00.000Z",
  ],
  [
    "an end beyond policy",
    () => post("/credentials", { kind: "app_token", expiresAt: "2040-01-01T00:00:00Z" }),
    "beyond_policy",
    "expiresAt",
    "1d",
  ],
  [
    "an idle time beyond policy",
    () => post("/credentials", { kind: "offline_token", idle: "31d" }),
    "beyond_policy",
    "idle",
    "30d",
  ],
  [
    "a grant of user:admin to a service",
    () => post("/services", { name: "other", stewards: ["root"], grants: ["a:b:c", "user:admin"] }),
    "invalid_scope",
    "grants",
    "user:admin",
  ],
  [
    "a service without stewards",
    () => post("/services", { name: "other", stewards: [] }),
    "steward_required",
    "stewards",
    "an empty list",
  ],
  [
    "an address that is none",
    () => post("/credentials", { ...token, addresses: ["192.0.2.0/24", "192.0.2.300"] }),
    "malformed_request",
    "addresses",
    "192.0.2.300",
  ],
  [
    "a prefix with bits after it",
    () => patch({ addressTrial: ["192.0.2.1/24"] }),
    "malformed_request",
    "addressTrial",
    "192.0.2.1/24",
  ],
  [
    "an unknown parameter",
    () => ({ url: `${API}/users?sort=name`, bearer: root }),
    "unknown_field",
    "sort",
    "cursor",
  ],
];

test.each(ROWS)("our own API names %s", async (_what, call, code, field, named) => {
  const answer = await hub.call(call());
  expect(answer.json()).toMatchObject({ status: 400, code, field, detail: expect.stringContaining(named) });
});

describe("the realm", () => {
  test("names a scope that an offline token cannot have", async () => {
    const answer = await hub.call({
      method: "POST",
      url: `${REALM}/auth/device`,
      form: { client_id: "cloud-services", scope: "collection:a.b:download repository:ada/x:pull" },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: "invalid_scope",
      error_description: expect.stringContaining("repository:ada/x:pull"),
    });
  });

  test("names the scopes if none of them may be given", async () => {
    const answer = await hub.call({
      method: "POST",
      url: `${REALM}/token`,
      form: {
        grant_type: "refresh_token",
        client_id: "cloud-services",
        refresh_token: offline,
        scope: "collection:acme.tools:upload",
      },
    });
    expect(answer.json()).toMatchObject({
      error: "invalid_scope",
      error_description: expect.stringContaining("collection:acme.tools:upload"),
    });
  });
});

test.each(["GET", "POST"] as const)(
  "the registry's token service names an unknown service on %s",
  async (method) => {
    const form = {
      service: "elsewhere",
      grant_type: "password",
      client_id: "x",
      username: "a",
      password: "b",
    };
    const answer = await hub.call(
      method === "GET" ? { url: "/v2/auth?service=elsewhere" } : { method, url: "/v2/auth", form },
    );
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].message).toContain("elsewhere");
  },
);
