import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeProvider } from "../../testing/fake-provider.ts";
import { type Call, createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const NAME = "nightly";

let provider: FakeProvider;
let hub: Harness;
let root: string;
/** A personal token of the service. */
let token: string;

beforeAll(async () => {
  provider = await FakeProvider.start();
  const rules = { admin: null, auditor: null, required: null, foldsCase: false };
  hub = await createHarness({ signIn: (clock) => provider.setup(clock, rules) });
  await hub.addUser("root", { role: "admin" });
  root = await hub.logIn("root");
  const json = {
    name: NAME,
    stewards: ["root"],
    grants: ["repository:acme/*:pull", "collection:acme.*:upload"],
  };
  await hub.call({ method: "POST", url: `${API}/services`, bearer: root, json });
  token = (await hub.issue(NAME, "personal_token", { scopes: ["repository:acme/*:pull"] })).secret;
});

afterAll(async () => {
  await hub.close();
  await provider.stop();
});

/** Everywhere that a person's name and password, or a person's session, is asked for. */
const PASSWORD_DOORS: readonly (readonly [string, Call])[] = [
  [
    "the API's log-in",
    { method: "POST", url: `${API}/session`, json: { username: NAME, password: PASSWORD } },
  ],
  ["the local form", { method: "POST", url: "/sign-in/local", form: { username: NAME, password: PASSWORD } }],
  [
    "IBM's authorize",
    { method: "POST", url: "/icp4d-api/v1/authorize", json: { username: NAME, password: PASSWORD } },
  ],
  ["Basic at the Galaxy API", { url: "/api/galaxy/_ui/v1/me/", headers: basic(NAME, PASSWORD) }],
  ["the registry's log-in", { url: "/v2/auth?service=mintmark-registry", headers: basic(NAME, PASSWORD) }],
];

test.each(PASSWORD_DOORS)("no password opens %s for a service", async (_door, call) => {
  const reply = await hub.call(call);
  expect([401, 400]).toContain(reply.statusCode);
  expect(String(reply.headers["set-cookie"] ?? "")).not.toContain("mintmark_session=");
});

test("the identity provider signs nobody in as a service, though the names are the same", async () => {
  provider.person = { sub: "1", claims: { preferred_username: NAME } };
  const started = await hub.call({ url: "/sign-in/oidc?return=/" });
  const [cookie = ""] = String(started.headers["set-cookie"]).split(";");
  const url = provider.agree(String(started.headers.location));
  const back = await hub.call({ url, headers: { cookie } });
  expect(back.statusCode).toBe(403);
  expect(String(back.headers["set-cookie"] ?? "")).not.toContain("mintmark_session=");
});

/** What a signed-in person does for herself, tried with the service's own token. */
const PERSONAL_DOORS: readonly (readonly [string, Call])[] = [
  ["sessions", { url: `${API}/sessions` }],
  ["a new password", { method: "PUT", url: `${API}/password`, json: {} }],
  ["new credentials", { method: "POST", url: `${API}/credentials`, json: { kind: "app_token", title: "x" } }],
  ["the list of credentials", { url: `${API}/credentials` }],
  ["services", { url: `${API}/services` }],
  ["a client for itself", { method: "POST", url: `${API}/services/${NAME}/client`, json: {} }],
  ["users", { url: `${API}/users` }],
  ["the audit log", { url: `${API}/audit` }],
  ["webhooks", { url: `${API}/webhooks` }],
  ["the credentials as CSV", { url: `${API}/credentials`, headers: { accept: "text/csv" } }],
  ["the audit log as CSV", { url: `${API}/audit`, headers: { accept: "text/csv" } }],
  ["the settings of mails", { method: "PATCH", url: `${API}/notifications`, json: { idle: false } }],
  ["robots", { method: "PUT", url: "/api/v1/organization/team/robots/own" }],
];

test.each(PERSONAL_DOORS)("its token does not open %s", async (_door, call) => {
  const reply = await hub.call({ ...call, bearer: token });
  expect([401, 403]).toContain(reply.statusCode);
});

/** What administrators do with people's accounts. */
const ACCOUNT_DOORS: readonly (readonly [string, Call])[] = [
  ["reads", { url: `${API}/users/${NAME}` }],
  ["gives a password to", { method: "PATCH", url: `${API}/users/${NAME}`, json: { password: PASSWORD } }],
  ["makes an administrator of", { method: "PATCH", url: `${API}/users/${NAME}`, json: { role: "admin" } }],
  ["adds an address to", { method: "PATCH", url: `${API}/users/${NAME}`, json: { email: "a@b.test" } }],
  ["changes the grants of", { method: "PUT", url: `${API}/users/${NAME}/grants`, json: { grants: [] } }],
  ["deletes", { method: "DELETE", url: `${API}/users/${NAME}` }],
];

test.each(ACCOUNT_DOORS)("nobody %s a service as if it were a person", async (_what, call) => {
  expect((await hub.call({ ...call, bearer: root })).statusCode).toBe(404);
});

test("a service is a member of no team, a steward of no service, and approves no device", async () => {
  await hub.call({ method: "POST", url: `${API}/teams`, bearer: root, json: { name: "crew" } });
  const joined = await hub.call({ method: "PUT", url: `${API}/teams/crew/members/${NAME}`, bearer: root });
  expect(joined.statusCode).toBe(404);
  const json = { name: "other", stewards: [NAME] };
  const made = await hub.call({ method: "POST", url: `${API}/services`, bearer: root, json });
  expect(made.statusCode).toBe(400);
  const device = await hub.call({ url: "/device?user_code=ABCD-EFGH", bearer: token });
  expect([device.statusCode, device.body.includes("not taken here")]).toEqual([401, true]);
});

/** The page on which a person lets an application act for her. */
const CONSENT = `/oauth/authorize?${new URLSearchParams({
  client_id: "app",
  redirect_uri: "https://app.test/cb",
  response_type: "code",
  scope: "user:admin",
  code_challenge: "a".repeat(43),
  code_challenge_method: "S256",
})}`;

test("a service consents to no application: its token gets the sign-in form, and its answer no code", async () => {
  const json = { clientId: "app", name: "App", type: "public", redirectUris: ["https://app.test/cb"] };
  await hub.call({ method: "POST", url: `${API}/oauth/clients`, bearer: root, json });
  for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `mintmark_session=${token}` }]) {
    const page = await hub.call({ url: CONSENT, headers });
    expect(page.body).not.toContain("Allow App?");
    for (const form of [
      { allow: "yes" },
      { username: NAME, password: PASSWORD },
      { username: NAME, password: token },
    ]) {
      const reply = await hub.call({ method: "POST", url: CONSENT, headers, form });
      expect(reply.statusCode).toBeGreaterThanOrEqual(400);
      expect(reply.statusCode).toBeLessThan(500);
      expect(String(reply.headers.location ?? "")).not.toContain("code=");
    }
  }
});

test("a service is let in by no page for devices, whatever it shows", async () => {
  const form = { username: NAME, password: token, user_code: "ABCD-EFGH" };
  for (const url of ["/device/sign-in", "/device/answer"]) {
    const reply = await hub.call({ method: "POST", url, form, bearer: token });
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
    expect(String(reply.headers["set-cookie"] ?? "")).not.toContain("mintmark_session=");
  }
});
