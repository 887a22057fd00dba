import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expireLapsed } from "../../core/credential/expire.ts";
import { wrongKind } from "../../core/credential/kinds.ts";
import { createHarness, type Harness, type HarnessOptions, PASSWORD } from "../../testing/harness.ts";

const TOKENS = "/api/v1/user/apptoken";
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d -0000$/;

interface Token {
  readonly uuid: string;
  readonly title: string;
  readonly created: string;
  readonly expiration: string | null;
  readonly last_accessed: string | null;
  readonly token_code?: string;
}

let harness: Harness;
let ada: string;

async function open(options: HarnessOptions = {}): Promise<void> {
  harness = await createHarness(options);
  await harness.addUser("ada");
  await harness.addUser("bob");
  ada = await harness.logIn("ada");
}

beforeEach(() => open());
afterEach(() => harness.close());

async function reopen(policy: HarnessOptions["policy"]): Promise<void> {
  await harness.close();
  await open({ ...(policy ? { policy } : {}) });
}

async function make(title = "laptop", bearer = ada): Promise<Token> {
  const reply = await harness.call({ method: "POST", url: TOKENS, bearer, json: { title } });
  expect(reply.statusCode).toBe(201);
  return reply.json<{ token: Token }>().token;
}

async function list(query = "", bearer = ada) {
  const reply = await harness.call({ url: TOKENS + query, bearer });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ tokens: Token[]; only_expiring: boolean | null }>();
}

function apiError(status: number, title: string, detail: unknown = expect.any(String)) {
  const type = `http://hub.test/api/v1/error/${title}`;
  return { status, title, type, detail, error_message: detail, error_type: title };
}

describe("an app token", () => {
  it("is made with its code, which is shown nowhere else", async () => {
    const made = await make("  laptop ");
    expect(made).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      title: "laptop",
      created: "Wed, 08 Jan 2025 12:00:00 -0000",
      expiration: null,
      last_accessed: null,
      token_code: expect.stringMatching(/^mma_[0-9A-Za-z]{36}$/),
    });
    const { token_code: code, ...shown } = made;
    expect(await list()).toEqual({ tokens: [shown], only_expiring: null });
    const one = await harness.call({ url: `${TOKENS}/${made.uuid}`, bearer: ada });
    expect(one.json()).toEqual({ token: shown });
    expect(one.headers["cache-control"]).toBe("no-store");
    expect(one.body).not.toContain(code);
  });

  it("shows when it was last used", async () => {
    const { uuid, token_code: code } = await make();
    harness.clock.advance({ minutes: 3 });
    const authorization = `Basic ${Buffer.from(`$app:${code}`).toString("base64")}`;
    await harness.call({ url: "/v2/auth?service=mintmark-registry", headers: { authorization } });
    const { tokens } = await list();
    expect(tokens[0]).toMatchObject({ uuid, last_accessed: "Wed, 08 Jan 2025 12:03:00 -0000" });
  });

  it("is gone for everybody once it is revoked, at once", async () => {
    const { uuid } = await make();
    const url = `${TOKENS}/${uuid}`;
    const ended = await harness.call({ method: "DELETE", url, bearer: ada });
    expect([ended.statusCode, ended.body]).toEqual([204, ""]);
    for (const method of ["GET", "DELETE"] as const) {
      const reply = await harness.call({ method, url, bearer: ada });
      expect(reply.statusCode).toBe(404);
      expect(reply.json()).toEqual(apiError(404, "not_found", "Not Found"));
    }
    expect((await list()).tokens).toEqual([]);
  });

  it("of somebody else answers like one that never was", async () => {
    const { uuid } = await make();
    const bob = await harness.logIn("bob");
    const unknown = "00000000-0000-7000-8000-000000000000";
    for (const method of ["GET", "DELETE"] as const) {
      const foreign = await harness.call({ method, url: `${TOKENS}/${uuid}`, bearer: bob });
      const nothing = await harness.call({ method, url: `${TOKENS}/${unknown}`, bearer: bob });
      expect([foreign.statusCode, foreign.body]).toEqual([404, nothing.body]);
    }
    expect((await list()).tokens).toHaveLength(1);
  });

  it("made by our own API is seen here, other kinds are not", async () => {
    await harness.issue("ada", "app_token", { scopes: ["repository:ada/x:pull"] });
    const other = await harness.issue("ada", "hub_token");
    expect((await list()).tokens).toMatchObject([{ title: "" }]);
    const reply = await harness.call({ method: "DELETE", url: `${TOKENS}/${other.id}`, bearer: ada });
    expect(reply.statusCode).toBe(404);
  });

  // Ansible's module deletes what it finds in the list, and must find it no more.
  it.each(["swept", "not swept yet"])(
    "that has expired stays in the list for a day or until it is deleted (%s)",
    async (how) => {
      await reopen({ appTokenExpirationMs: 3_600_000 });
      const { uuid, expiration } = await make();
      expect(expiration).toBe("Wed, 08 Jan 2025 13:00:00 -0000");
      harness.clock.advance({ hours: 2 });
      expect((await list()).tokens).toMatchObject([{ uuid }]);
      expect((await list("?expiring=true")).tokens).toEqual([]);
      const url = `${TOKENS}/${uuid}`;
      expect((await harness.call({ url, bearer: ada })).statusCode).toBe(404);
      if (how === "swept") {
        await expireLapsed(harness.context);
      }
      expect((await harness.call({ method: "DELETE", url, bearer: ada })).statusCode).toBe(204);
      expect((await list()).tokens).toEqual([]);
      expect((await harness.call({ method: "DELETE", url, bearer: ada })).statusCode).toBe(404);
      expect((await harness.hub.credentials.find(uuid))?.end?.reason).toBe("expired");
      ada = await harness.logIn("ada");
      const second = await make("second");
      harness.clock.advance({ hours: 1, days: 1 });
      ada = await harness.logIn("ada");
      expect((await list()).tokens).toEqual([]);
      const late = await harness.call({ method: "DELETE", url: `${TOKENS}/${second.uuid}`, bearer: ada });
      expect(late.statusCode).toBe(404);
    },
  );
});

describe("the list", () => {
  it("says null, true or false for what was asked, as Quay reads it", async () => {
    for (const [query, said] of [
      ["", null],
      ["?expiring=true", true],
      ["?expiring=no", true],
      ["?expiring=1", true],
      ["?expiring=false", false],
      ["?expiring=False", false],
      ["?expiring=0", false],
      ["?expiring=null", false],
      ["?expiring=", false],
    ] as const) {
      expect((await list(query)).only_expiring, query).toBe(said);
    }
  });

  it("of the expiring holds those in the last tenth of the configured lifetime, its edge included", async () => {
    await reopen({ appTokenExpirationMs: 90 * 86_400_000, sessionLifetimeMs: 100 * 86_400_000 });
    ada = await harness.logIn("ada");
    const { uuid } = await make();
    harness.clock.advance({ days: 81, ms: -1 });
    expect((await list("?expiring=true")).tokens).toEqual([]);
    harness.clock.advance({ ms: 1 });
    expect((await list("?expiring=true")).tokens).toMatchObject([{ uuid }]);
    expect((await list("?expiring=false")).tokens).toHaveLength(1);
  });

  it("takes four weeks for the lifetime where none is sent", async () => {
    const now = harness.clock.now();
    const inside = await harness.issue("ada", "app_token", { expiresAt: now + 241_920_000 });
    await harness.issue("ada", "app_token", { expiresAt: now + 241_920_001 });
    await make("never");
    expect((await list("?expiring=true")).tokens.map(({ uuid }) => uuid)).toEqual([inside.id]);
  });

  it("is newest first", async () => {
    for (const title of ["one", "two", "three"]) {
      harness.clock.advance({ seconds: 1 });
      await make(title);
    }
    expect((await list()).tokens.map(({ title }) => title)).toEqual(["three", "two", "one"]);
  });
});

describe("re-reading", () => {
  it("shows the code again where the operator opted in, after a fresh log-in, and the audit has it", async () => {
    await reopen({ appTokenReveal: "always" });
    const { uuid, token_code: code } = await make();
    const url = `${TOKENS}/${uuid}`;
    expect((await harness.call({ url, bearer: ada })).json()).toMatchObject({ token: { token_code: code } });
    const [event] = await harness.context.store.read.audit.list({
      action: "credential.reveal",
      limit: 10,
    });
    expect(event).toMatchObject({ actor: "ada", credentialId: uuid });
    expect(JSON.stringify(event)).not.toContain(code);
    expect((await list()).tokens[0]).not.toHaveProperty("token_code");
    expect((await harness.call({ method: "HEAD", url, bearer: ada })).statusCode).toBe(405);
    harness.clock.advance({ minutes: 10 });
    const stale = await harness.call({ url, bearer: ada });
    expect(stale.statusCode).toBe(401);
    expect(stale.json()).toEqual(apiError(401, "fresh_login_required", "Requires fresh login"));
  });

  it("shows nothing of tokens made before, so it asks for no fresh log-in there", async () => {
    const { uuid } = await make();
    harness.changePolicy({ appTokenReveal: "always" });
    await harness.restart();
    harness.clock.advance({ minutes: 30 });
    const reply = await harness.call({ url: `${TOKENS}/${uuid}`, bearer: ada });
    expect(reply.statusCode).toBe(200);
    expect(reply.json().token).not.toHaveProperty("token_code");
  });

  it("ends for good when the option returns to once", async () => {
    await reopen({ appTokenReveal: "always" });
    const { uuid } = await make();
    for (const appTokenReveal of ["once", "always"] as const) {
      harness.changePolicy({ appTokenReveal });
      await harness.restart();
    }
    const reply = await harness.call({ url: `${TOKENS}/${uuid}`, bearer: ada });
    expect(reply.json().token).not.toHaveProperty("token_code");
  });
});

describe("who may", () => {
  it("a personal token of scope user:admin does all four, without a log-in", async () => {
    const { secret } = await harness.issue("ada", "personal_token", { scopes: ["user:admin"] });
    harness.clock.advance({ days: 40 });
    const { uuid } = await make("robot", secret);
    expect((await list("", secret)).tokens).toHaveLength(1);
    const url = `${TOKENS}/${uuid}`;
    expect((await harness.call({ url, bearer: secret })).statusCode).toBe(200);
    expect((await harness.call({ method: "DELETE", url, bearer: secret })).statusCode).toBe(204);
  });

  it("a personal token without that scope is refused with 403", async () => {
    const { secret } = await harness.issue("ada", "personal_token");
    const reply = await harness.call({ url: TOKENS, bearer: secret });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toEqual(apiError(403, "insufficient_scope", "Unauthorized"));
  });

  // An app token is for the registry: a thief who takes one from a CI machine must not create more.
  it.each(["offline_token", "hub_token", "app_token", "platform_key"] as const)("no %s", async (kind) => {
    const { secret } = await harness.issue("ada", kind);
    for (const method of ["GET", "POST"] as const) {
      const reply = await harness.call({ method, url: TOKENS, bearer: secret });
      expect(reply.statusCode).toBe(401);
      expect(reply.json()).toEqual(apiError(401, "invalid_token", wrongKind(kind)));
    }
  });

  it("no password by Basic, no stranger", async () => {
    const authorization = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`;
    const headers: Record<string, string>[] = [{ authorization }, {}, { authorization: "Bearer nonsense" }];
    for (const method of ["GET", "POST", "DELETE"] as const) {
      for (const one of headers) {
        const url = method === "DELETE" ? `${TOKENS}/x` : TOKENS;
        const reply = await harness.call({ method, url, headers: one });
        expect([method, reply.statusCode]).toEqual([method, 401]);
        expect(reply.json()).toEqual(apiError(401, "invalid_token"));
      }
    }
  });

  it("a cookie with its CSRF token, in the header or the query; without it 403", async () => {
    const { cookie = "", "x-csrf-token": csrf = "" } = await harness.logInByCookie("ada");
    const post = (url: string, headers: Record<string, string>) =>
      harness.call({ method: "POST", url, headers: { cookie, ...headers }, json: { title: "x" } });
    expect((await post(TOKENS, { "x-csrf-token": csrf })).statusCode).toBe(201);
    expect((await post(`${TOKENS}?_csrf_token=${csrf}`, {})).statusCode).toBe(201);
    const refused = await post(TOKENS, {});
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toEqual({
      ...apiError(403, "invalid_request", "CSRF token was invalid or missing."),
      error: "CSRF token was invalid or missing.",
    });
    expect((await harness.call({ url: TOKENS, headers: { cookie } })).statusCode).toBe(200);
  });

  it("a session makes one only after a fresh log-in, and ends one without", async () => {
    const { uuid } = await make();
    harness.clock.advance({ minutes: 10 });
    const reply = await harness.call({ method: "POST", url: TOKENS, bearer: ada, json: { title: "x" } });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toEqual(apiError(401, "fresh_login_required", "Requires fresh login"));
    expect((await list()).tokens).toHaveLength(1);
    const ended = await harness.call({ method: "DELETE", url: `${TOKENS}/${uuid}`, bearer: ada });
    expect(ended.statusCode).toBe(204);
  });
});

describe("a body", () => {
  it.each([
    [{}],
    [{ title: 5 }],
    [{ title: null }],
    [{ title: " " }],
    [{ title: "x".repeat(256) }],
    [{ title: "a\u0000b" }],
    [[]],
    ["laptop"],
  ])("of %j is refused with 400", async (json) => {
    const reply = await harness.call({ method: "POST", url: TOKENS, bearer: ada, json });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toEqual(apiError(400, "invalid_request"));
  });

  it("that is not there is missing, and null is none", async () => {
    const missing = await harness.call({ method: "POST", url: TOKENS, bearer: ada });
    expect(missing.json()).toEqual(apiError(400, "invalid_request", "Missing JSON body"));
    const none = await harness.call({ method: "POST", url: TOKENS, bearer: ada, json: null });
    expect(none.json()).toMatchObject({ status: 400, title: "invalid_request" });
  });

  it("that is not JSON, or not labelled so, is refused with 400; a huge one with 413", async () => {
    const post = (contentType: string, raw: string) =>
      harness.call({
        method: "POST",
        url: TOKENS,
        bearer: ada,
        raw,
        headers: { "content-type": contentType },
      });
    for (const reply of [
      await post("application/json", "{title"),
      await post("text/plain", '{"title":"x"}'),
      await post("application/x-www-form-urlencoded", "title=x"),
    ]) {
      expect(reply.statusCode).toBe(400);
      expect(reply.json()).toEqual(apiError(400, "invalid_request"));
    }
    const huge = await post("application/json", JSON.stringify({ title: "x".repeat(1_100_000) }));
    expect(huge.statusCode).toBe(413);
    expect(huge.json()).toEqual(apiError(413, "invalid_request"));
  });

  it("may hold more than a title, and an empty object may come with GET and DELETE", async () => {
    const json = { title: "x", expiration: "never", scope: ["*"] };
    const made = await harness.call({ method: "POST", url: TOKENS, bearer: ada, json });
    expect(made.statusCode).toBe(201);
    const url = `${TOKENS}/${made.json().token.uuid}`;
    expect((await harness.call({ url: TOKENS, bearer: ada, json: {} })).statusCode).toBe(200);
    expect((await harness.call({ url, bearer: ada, json: {} })).statusCode).toBe(200);
    expect((await harness.call({ method: "DELETE", url, bearer: ada, json: {} })).statusCode).toBe(204);
  });

  it("of 255 code points fits, also beyond the basic plane", async () => {
    expect((await make("😀".repeat(255))).title).toBe("😀".repeat(255));
  });
});

describe("everybody's tokens", () => {
  const ALL = "/api/v1/superuser/apptokens";

  it("are listed for administrators and auditors, with owners and without codes", async () => {
    await make("hers");
    harness.clock.advance({ seconds: 1 });
    await make("his", await harness.logIn("bob"));
    await harness.addUser("auditor", { role: "auditor" });
    await harness.addUser("root", { role: "admin" });
    for (const name of ["auditor", "root"]) {
      const reply = await harness.call({ url: ALL, bearer: await harness.logIn(name) });
      expect(reply.statusCode).toBe(200);
      expect(reply.json()).toMatchObject({
        tokens: [
          { title: "his", owner: "bob", created: expect.stringMatching(DATE) },
          { title: "hers", owner: "ada" },
        ],
        only_expiring: null,
      });
      expect(reply.body).not.toMatch(/token_code|mma_/);
    }
  });

  it("are nobody else's business", async () => {
    const reply = await harness.call({ url: ALL, bearer: ada });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toEqual(apiError(403, "insufficient_scope", "Unauthorized"));
    expect((await harness.call({ url: ALL })).statusCode).toBe(401);
    await harness.addUser("root", { role: "admin" });
    const narrow = await harness.issue("root", "personal_token", { scopes: ["user:admin"] });
    expect((await harness.call({ url: ALL, bearer: narrow.secret })).statusCode).toBe(403);
  });
});

describe("paths", () => {
  it("that do not exist answer 404, other methods 405, as ApiErrors", async () => {
    const unknown = await harness.call({ url: "/api/v1/nothing", bearer: ada });
    expect(unknown.json()).toEqual(apiError(404, "not_found", "Not Found"));
    const put = await harness.call({ method: "PUT", url: TOKENS, bearer: ada, json: {} });
    expect(put.statusCode).toBe(405);
    expect(put.json()).toEqual(apiError(405, "invalid_request"));
    expect(put.headers["allow"]).toContain("POST");
  });

  it("explain each error code", async () => {
    const type = "http://hub.test/api/v1/error/fresh_login_required";
    const reply = await harness.call({ url: "/api/v1/error/fresh_login_required" });
    expect(reply.json()).toEqual({ type, title: "fresh_login_required", description: expect.any(String) });
    expect((await harness.call({ url: "/api/v1/error/toString" })).statusCode).toBe(404);
  });

  it("let a script sign in as it did at Quay: CSRF token, cookie, CSRF token, request", async () => {
    const before = await harness.call({ url: "/csrf_token" });
    expect(before.json()).toEqual({ csrf_token: "" });
    const json = { username: "ada", password: PASSWORD };
    const signedIn = await harness.call({ method: "POST", url: "/api/v1/signin", json });
    expect(signedIn.json()).toEqual({ success: true });
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] ?? "";
    const after = await harness.call({ url: "/csrf_token", headers: { cookie } });
    const csrf = after.json().csrf_token as string;
    expect(csrf).toBe(signedIn.headers["x-next-csrf-token"]);
    const headers = { cookie, "x-csrf-token": csrf };
    const made = await harness.call({ method: "POST", url: TOKENS, headers, json: { title: "script" } });
    expect(made.statusCode).toBe(201);
    const wrong = { username: "ada", password: "no" };
    expect((await harness.call({ method: "POST", url: "/api/v1/signin", json: wrong })).statusCode).toBe(401);
  });
});
