import { afterAll, beforeAll, expect, test } from "vitest";
import { HUB_ERROR_CODES, HubError } from "../../core/errors.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { refuse } from "./refusals.ts";

let hub: Harness;
let bearer: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada");
  bearer = await hub.logIn("ada");
});

afterAll(() => hub.close());

const ENVELOPE = {
  _statusCode_: expect.any(Number),
  _messageCode_: expect.any(String),
  message: expect.any(String),
};
const AUTHORIZE = { method: "POST", url: "/icp4d-api/v1/authorize" } as const;
const KEY = "/usermgmt/v1/user/apiKey";

test.each(HUB_ERROR_CODES)("%s has Zen's four fields", (code) => {
  const { status, body } = refuse(new HubError(code, { detail: "not to be told" }));
  expect(body).toEqual({ ...ENVELOPE, _statusCode_: status, exception: null });
});

test("401: no credentials, and it names the schemes", async () => {
  const reply = await hub.call({ url: KEY });
  expect(reply.statusCode).toBe(401);
  expect(reply.json()).toEqual({ ...ENVELOPE, _statusCode_: 401, exception: null });
  expect(reply.headers["www-authenticate"]).toContain("ZenApiKey");
});

test("403: a good caller that may not, with the reason", async () => {
  const { secret } = await hub.issue("ada", "personal_token", { scopes: ["instance:sales:use"] });
  const reply = await hub.call({ method: "POST", url: KEY, bearer: secret });
  expect(reply.statusCode).toBe(403);
  expect(reply.json().exception).toContain("log-in");
});

test.each([
  "/usermgmt/v1/nothing",
  "/UserMgmt",
  "/api/v1/usermgmt/v1/nothing",
  "/zen-data/v2/serviceInstance",
  "/icp4d-api/v1/nothing",
  "/v1/preauth/nothing",
  "/v1/authorize/nothing",
  "/identity/nothing",
  "/siusermgr/nothing",
  "/auth/jwtpublic/nothing",
])("404: %s", async (url) => {
  const reply = await hub.call({ url });
  expect(reply.statusCode).toBe(404);
  expect(reply.json()).toMatchObject({ _statusCode_: 404, _messageCode_: "not_found" });
});

test.each([
  ["PUT", KEY],
  ["GET", "/icp4d-api/v1/authorize"],
  ["GET", "/v1/authorize"],
  ["POST", "/v1/preauth/validateAuth"],
  ["GET", "/zen-data/v3/service_instances/sales/api_key"],
  ["DELETE", "/auth/jwtpublic"],
  ["GET", "/identity/token"],
] as const)("405: %s %s", async (method, url) => {
  const reply = await hub.call({ method, url, bearer });
  expect(reply.statusCode).toBe(405);
  expect(reply.headers.allow).toBeTruthy();
  expect(reply.json()).toMatchObject({ _statusCode_: 405 });
});

test.each(["{", "", "null", '"text"', "username=ada&password=x"])("400: %j for a body", async (raw) => {
  const reply = await hub.call({ ...AUTHORIZE, raw, headers: { "content-type": "application/json" } });
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toMatchObject(ENVELOPE);
  expect(reply.body).not.toContain("username=ada");
});

test("413: a body of more than a megabyte", async () => {
  const raw = JSON.stringify({ username: "ada", password: "x".repeat(1_100_000) });
  const reply = await hub.call({ ...AUTHORIZE, raw, headers: { "content-type": "application/json" } });
  expect(reply.statusCode).toBe(413);
  expect(reply.json()).toMatchObject({ _statusCode_: 413 });
});

test("415: IAM's grant not as a form", async () => {
  const reply = await hub.call({ method: "POST", url: "/identity/token", json: { apikey: "x" } });
  expect(reply.statusCode).toBe(415);
});

test("429: a password tried too often, with the time to wait; a key still works", async () => {
  await hub.addUser("braked");
  const { secret } = await hub.issue("braked", "platform_key");
  for (let time = 0; time < 10; time += 1) {
    await hub.call({ ...AUTHORIZE, json: { username: "braked", password: "wrong password" } });
  }
  const reply = await hub.call({ ...AUTHORIZE, json: { username: "braked", password: PASSWORD } });
  expect(reply.statusCode).toBe(429);
  expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
  const byKey = await hub.call({ ...AUTHORIZE, json: { username: "braked", api_key: secret } });
  expect(byKey.statusCode).toBe(200);
});

// Wrong secrets have no brake, so without a bound strangers could fill the audit and hide what matters.
test("an address that shows wrong keys for ever is refused for ever, and fills the audit only so far", async () => {
  const count = async () => {
    const events = await hub.context.store.read.audit.list({ action: "credential.refuse", limit: 500 });
    return events.length;
  };
  const before = await count();
  for (let time = 0; time < 120; time += 1) {
    const reply = await hub.call({ ...AUTHORIZE, json: { username: "ada", api_key: "wrong" } });
    expect(reply.statusCode).toBe(401);
  }
  expect((await count()) - before).toBeLessThanOrEqual(100);
  hub.clock.advance({ minutes: 16 });
  await hub.call({ ...AUTHORIZE, json: { username: "ada", api_key: "wrong" } });
  const [latest] = await hub.context.store.read.audit.list({ limit: 1 });
  expect(latest).toMatchObject({
    action: "credential.refuse",
    owner: "ada",
    details: { reason: "malformed_key" },
  });
});
