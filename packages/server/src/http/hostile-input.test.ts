import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leastCost } from "../testing/cost.ts";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";

/**
 * No single request may hold the event loop. Each endpoint gets hostile input of the allowed size; work
 * that grows faster than its input shows as hundreds of milliseconds of processor time.
 */
const MS_MAX = 150;
const HEADER_BYTES = 15_000;
const BODY_BYTES = 1_000_000;

let hub: Harness;
let bearer: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { role: "admin" });
  bearer = await hub.logIn("ada");
});

afterAll(() => hub.close());

const fill = (piece: string, bytes: number) => piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
const distinct = (write: (at: string) => string, bytes: number) => {
  let text = "";
  for (let at = 0; text.length < bytes; at += 1) {
    text += write(at.toString(36));
  }
  return text.slice(0, bytes);
};

const HEADERS: readonly (readonly [what: string, text: string])[] = [
  ["letters", fill("a", HEADER_BYTES)],
  ["heads of JWTs", fill("eyJ", HEADER_BYTES)],
  ["marks", fill("mmt_", HEADER_BYTES)],
  ["spaces", fill(" ", HEADER_BYTES)],
  ["semicolons", fill("a=b; ", HEADER_BYTES)],
  ["commas", fill("1.1.1.1,", HEADER_BYTES)],
  ["colons and stars", fill("a*:", HEADER_BYTES)],
  ["line ends in base64", Buffer.from(fill("\r\n", 11_000)).toString("base64")],
  ["dots", fill("a.", HEADER_BYTES)],
];

const FORMS: readonly (readonly [what: string, text: string])[] = [
  ["one long value", `token=${fill("a", BODY_BYTES)}`],
  ["many names", distinct((at) => `${at}=&`, BODY_BYTES)],
  ["ampersands", fill("&", BODY_BYTES)],
  ["percents", `token=${fill("%41", BODY_BYTES)}`],
  ["scopes", `scope=${distinct((at) => `repository:a/${at}:pull+`, BODY_BYTES)}`],
  ["actions", `scope=${distinct((at) => `repository:a/b:${at}+`, BODY_BYTES)}`],
  ["stars", `scope=repository:${fill("a*", BODY_BYTES)}:pull`],
];

const BODIES: readonly (readonly [what: string, text: string])[] = [
  ["a long text", JSON.stringify({ username: fill("a", BODY_BYTES) })],
  ["brackets", fill("[", BODY_BYTES)],
  ["nested objects", fill('{"a":', BODY_BYTES)],
  ["many fields", `{${distinct((at) => `"${at}":0,`, BODY_BYTES)}"z":0}`],
  ["numbers", `[${fill("1,", BODY_BYTES)}1]`],
];

const msOf = (call: Call) => leastCost(() => hub.call(call), MS_MAX);

describe.each(HEADERS)("a header of %s", (_what, text) => {
  test.each([
    ["Authorization: Bearer", "/verify", { authorization: `Bearer ${text}` }],
    [
      "Authorization: Basic",
      "/verify",
      { authorization: `Basic ${Buffer.from(text).toString("base64").slice(0, HEADER_BYTES)}` },
    ],
    ["Authorization: Basic, as it is", "/verify", { authorization: `Basic ${text}` }],
    ["Authorization: ZenApiKey", "/icp4d-api/v1/me", { authorization: `ZenApiKey ${text}` }],
    ["Cookie", "/api/mintmark/v1/session", { cookie: text }],
    ["User-Agent", "/healthz", { "user-agent": text }],
    ["X-Forwarded-For", "/healthz", { "x-forwarded-for": text }],
  ] as const)("in %s does not hold the event loop", async (_where, url, headers) => {
    expect(await msOf({ url, headers })).toBeLessThan(MS_MAX);
  });

  test("in a query does not hold the event loop", async () => {
    for (const path of [
      "/verify?scope=",
      "/v2/auth?service=mintmark-registry&scope=",
      "/oauth/authorize?client_id=",
    ]) {
      expect(await msOf({ url: path + encodeURIComponent(text).slice(0, HEADER_BYTES) })).toBeLessThan(
        MS_MAX,
      );
    }
  });
});

describe.each(FORMS)("a form of %s", (_what, form) => {
  test.each([
    "/oauth/introspect",
    "/oauth/revoke",
    "/v2/auth",
    "/auth/realms/redhat-external/protocol/openid-connect/token",
    "/device/sign-in",
    "/oauth/authorize",
    "/oauth/access_token",
  ])("does not hold the event loop at %s", async (url) => {
    const ms = await msOf({ method: "POST", url, form });
    expect(ms).toBeLessThan(MS_MAX);
  });
});

describe.each(BODIES)("a body of %s", (_what, raw) => {
  test.each([
    ["POST", "/api/mintmark/v1/session"],
    ["POST", "/api/mintmark/v1/credentials"],
    ["PUT", "/api/mintmark/v1/users/ada/grants"],
    ["POST", "/icp4d-api/v1/authorize"],
    ["POST", "/api/v1/user/apptoken"],
  ] as const)("does not hold the event loop at %s %s", async (method, url) => {
    const headers = { "content-type": "application/json" };
    const ms = await msOf({ method, url, bearer, headers, raw });
    expect(ms).toBeLessThan(MS_MAX);
  });
});

test("a scope list of the greatest size does not hold the event loop", async () => {
  const grants = Array.from({ length: 1_000 }, (_, at) => `repository:*${"a*".repeat(60)}${at}/*:pull,push`);
  const call: Call = {
    method: "PUT",
    url: "/api/mintmark/v1/grants/authenticated",
    bearer,
    json: { grants },
  };
  expect((await hub.call(call)).statusCode).toBe(200);
  expect(await msOf({ url: "/api/mintmark/v1/session", bearer })).toBeLessThan(MS_MAX);
});
