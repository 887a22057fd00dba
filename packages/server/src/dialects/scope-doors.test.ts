import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";

/**
 * Every place where scopes enter refuses one that cannot be read, names it, and says what was expected. The
 * places of our own API are taken from its description, so that a new one is asked too.
 */
const OFFENDERS = [
  "repository:x",
  "repository:team/../x:pull",
  "repository:team/./x:pull",
  "repository:team//x:pull",
  "repository:/x:pull",
  "repository:x/:pull",
  "collection:acme..tools:download",
  "user:read",
  "hub:audit",
  "user:admin,read",
] as const;

const BASE = "/api/mintmark/v1";
const REALM = "/auth/realms/redhat-external/protocol/openid-connect";

let hub: Harness;
let admin: string;
let offline: string;
let personal: string;
let credentialId: string;
let etag: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada");
  await hub.addUser("root", { role: "admin" });
  admin = await hub.logIn("root");
  offline = (await hub.issue("root", "offline_token")).secret;
  personal = (await hub.issue("root", "personal_token")).secret;
  credentialId = (await hub.issue("root", "personal_token")).id;
  const read = await hub.call({ url: `${BASE}/credentials/${credentialId}`, bearer: admin });
  etag = String(read.headers.etag ?? "");
  for (const [path, json] of [
    ["/teams", { name: "crew" }],
    ["/services", { name: "robot", stewards: ["root"] }],
    ["/oauth/clients", { clientId: "conf", name: "conf", type: "confidential", scopes: [] }],
    [
      "/oauth/clients",
      {
        clientId: "app",
        name: "app",
        type: "public",
        implicit: true,
        redirectUris: ["https://app.example.com/back"],
      },
    ],
  ] as const) {
    await hub.call({ method: "POST", url: `${BASE}${path}`, bearer: admin, json });
  }
});
afterAll(() => hub.close());

/** What a call needs besides its scopes. */
const BODIES: Readonly<Record<string, (scopes: readonly string[]) => Record<string, unknown>>> = {
  "put /users/{username}/grants": (grants) => ({ grants }),
  "post /users/{username}/grants": (grants) => ({ grant: grants.at(-1) }),
  "delete /users/{username}/grants": (grants) => ({ grant: grants.at(-1) }),
  "put /grants/{set}": (grants) => ({ grants }),
  "post /teams": (grants) => ({ name: "other", grants }),
  "patch /teams/{name}": (grants) => ({ grants }),
  "post /services": (grants) => ({ name: "other", stewards: ["root"], grants }),
  "patch /services/{name}": (grants) => ({ grants }),
  "put /services/{name}/grants": (grants) => ({ grants }),
  "post /credentials": (scopes) => ({ kind: "personal_token", title: "x", scopes }),
  "patch /credentials/{id}": (scopes) => ({ scopes }),
  "post /oauth/clients": (scopes) => ({ name: "x", type: "confidential", scopes }),
};

describe("our own API", () => {
  it("has no call that takes scopes and is not asked here", async () => {
    const { paths } = (await hub.call({ url: `${BASE}/openapi.json` })).json<{ paths: Paths }>();
    const taking = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => /"(?:scopes?|grants?)":/.test(JSON.stringify(operation.requestBody ?? {})))
        .map(([method]) => `${method} ${path.slice(BASE.length)}`),
    );
    expect(taking.sort()).toEqual(Object.keys(BODIES).sort());
  });

  it.each(Object.keys(BODIES))("%s refuses and names them", async (door) => {
    for (const scope of OFFENDERS) {
      const reply = await hub.call(ownCall(door, ["collection:acme.tools:download", scope]));
      expect([reply.statusCode, reply.json<{ code: string }>().code], `${scope}: ${reply.body}`).toEqual([
        400,
        "invalid_scope",
      ]);
      expect(reply.json<{ detail: string }>().detail).toContain(scope);
      expect(reply.json<{ detail: string }>().detail).toContain("type:name:action");
    }
  });
});

type Paths = Record<string, Record<string, { requestBody?: unknown }>>;

function ownCall(door: string, scopes: readonly string[]): Call {
  const [method = "", path = ""] = door.split(" ");
  const url = path
    .replace("{username}", "ada")
    .replace("{set}", "authenticated")
    .replace("{id}", credentialId)
    .replace("{name}", path.startsWith("/teams") ? "crew" : "robot");
  return {
    method: method.toUpperCase() as "POST",
    url: `${BASE}${url}`,
    bearer: admin,
    headers: method === "patch" && etag !== "" ? { "if-match": etag } : {},
    json: BODIES[door]?.(scopes),
  };
}

describe("the realm, introspection and device log-in", () => {
  it.each(OFFENDERS)("refuse and name %s", async (scope) => {
    const form = { client_id: "cloud-services", scope };
    const replies = [
      await post(`${REALM}/token`, { ...form, grant_type: "refresh_token", refresh_token: offline }),
      await post(`${REALM}/auth/device`, form),
    ];
    for (const reply of replies) {
      expect([reply.statusCode, reply.json<{ error: string }>().error]).toEqual([400, "invalid_scope"]);
      expect(reply.json<{ error_description: string }>().error_description).toContain(scope);
    }
    const introspected = await hub.call({
      method: "POST",
      url: "/oauth/introspect",
      bearer: personal,
      form: { token: offline, scope },
    });
    expect([introspected.statusCode, introspected.json<{ error: string }>().error]).toEqual([
      400,
      "invalid_scope",
    ]);
  });

  const post = (url: string, form: Record<string, string>) => hub.call({ method: "POST", url, form });
});

describe("an application that asks for access", () => {
  it.each(OFFENDERS.filter((scope) => scope !== "user:read"))(
    "is sent back with an error for %s",
    async (scope) => {
      const headers = await hub.logInByCookie("root");
      const query = new URLSearchParams({
        response_type: "token",
        client_id: "app",
        redirect_uri: "https://app.example.com/back",
        scope: `user:admin ${scope}`,
      });
      const asked = await hub.call({ url: `/oauth/authorize?${query}`, headers });
      expect(asked.statusCode, asked.body.slice(0, 200)).toBe(302);
      expect(String(asked.headers.location)).toContain("error=invalid_scope");
      const form = new URLSearchParams({
        ...Object.fromEntries(query),
        _csrf_token: headers["x-csrf-token"] ?? "",
      });
      const posted = await hub.call({
        method: "POST",
        url: "/oauth/authorizeapp",
        headers: { cookie: headers["cookie"] ?? "" },
        form: form.toString(),
      });
      expect(String(posted.headers.location)).not.toContain("access_token");
    },
  );
});

describe("a question about a token", () => {
  it.each(OFFENDERS)("at the gateway is refused for %s", async (scope) => {
    const url = `/verify?scope=${encodeURIComponent(scope)}`;
    expect((await hub.call({ url, bearer: personal })).statusCode).toBe(403);
  });

  // Docker's protocol: clients ask for more than their user knows of, and asking is no error.
  it.each(OFFENDERS)("at the registry's token service gives nothing for %s", async (scope) => {
    const { secret } = await hub.issue("root", "app_token");
    const reply = await hub.call({
      url: `/v2/auth?service=mintmark-registry&scope=${encodeURIComponent(scope)}`,
      headers: { authorization: `Basic ${Buffer.from(`$app:${secret}`).toString("base64")}` },
    });
    const [, payload = ""] = reply.json<{ token: string }>().token.split(".");
    const { access } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { access: unknown };
    expect(access).toEqual([]);
  });
});

describe("a cookie's CSRF token", () => {
  const quay = ["/api/v1/user/apptoken"];
  const others = [`${BASE}/credentials`, "/api/galaxy/v3/auth/token/", "/usermgmt/v1/user/apiKey"];

  it("in the query counts on Quay's paths and on no others", async () => {
    const { cookie = "", "x-csrf-token": token = "" } = await hub.logInByCookie("ada");
    const ask = (path: string, more: Partial<Call>) =>
      hub.call({
        method: "POST",
        url: `${path}?_csrf_token=${encodeURIComponent(token)}`,
        headers: { cookie },
        ...more,
      });
    for (const path of quay) {
      expect((await ask(path, { json: { title: "x", kind: "app_token" } })).statusCode, path).toBe(201);
    }
    for (const path of others) {
      const reply = await ask(path, { json: { title: "x", kind: "app_token" } });
      expect([403, 415], `${path}: ${reply.statusCode} ${reply.body.slice(0, 200)}`).toContain(
        reply.statusCode,
      );
    }
  });

  it("in the query of the page for a device's code is not looked at", async () => {
    const { cookie = "", "x-csrf-token": token = "" } = await hub.logInByCookie("ada");
    const url = `/device/answer?_csrf_token=${encodeURIComponent(token)}`;
    const form = { user_code: "AAAA-BBBB", answer: "allow" };
    expect((await hub.call({ method: "POST", url, headers: { cookie }, form })).statusCode).toBe(403);
  });

  it("in a form counts on Quay's paths and on the hub's own pages", async () => {
    const { cookie = "", "x-csrf-token": token = "" } = await hub.logInByCookie("ada");
    for (const path of others) {
      const reply = await hub.call({
        method: "POST",
        url: path,
        headers: { cookie },
        form: { _csrf_token: token, title: "x" },
      });
      expect(reply.statusCode, `${path}: ${reply.body.slice(0, 200)}`).toBe(403);
    }
  });
});
