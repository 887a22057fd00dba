import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";

const DAY_MS = 86_400_000;
const TOKEN_ENDPOINT = "/auth/realms/redhat-external/protocol/openid-connect/token";

// Scripts renew by this header, so it has to be there whichever system they speak to.
describe("the header that tells when the caller's credential ends", () => {
  let hub: Harness;
  let end: number;

  beforeEach(async () => {
    hub = await createHarness({ policy: { apiKeyExpirationMs: 90 * DAY_MS } });
    end = hub.clock.now() + 90 * DAY_MS;
    await hub.addUser("ada", { grants: ["repository:team/*:pull", "hub:introspect:use"] });
  });

  afterEach(() => hub.close());

  const expires = async (call: Call) => (await hub.call(call)).headers["mintmark-credential-expires"];
  const iso = (ms: number) => new Date(ms).toISOString();
  const basic = (user: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`,
  });

  test("is on answers of the hub's own API, on refusals too", async () => {
    const { secret: bearer } = await hub.issue("ada", "personal_token", {
      expiresAt: end,
      scopes: ["user:admin"],
    });

    expect(await expires({ url: "/api/mintmark/v1/credentials", bearer })).toBe(iso(end));
    const missing = await hub.call({ url: "/api/mintmark/v1/credentials/nothing", bearer });
    expect([missing.statusCode, missing.headers["mintmark-credential-expires"]]).toEqual([404, iso(end)]);
    const forbidden = await hub.call({ url: "/api/mintmark/v1/users", bearer });
    expect([forbidden.statusCode, forbidden.headers["mintmark-credential-expires"]]).toEqual([403, iso(end)]);
  });

  test("is on the gateway's answers, from memory and from the store, and when it says no", async () => {
    const { secret: bearer } = await hub.issue("ada", "personal_token", { expiresAt: end });

    expect(await expires({ url: "/verify", bearer })).toBe(iso(end));
    expect(await expires({ url: "/verify", bearer })).toBe(iso(end));
    const forbidden = await hub.call({ url: "/verify?scope=repository:other/x:push", bearer });
    expect([forbidden.statusCode, forbidden.headers["mintmark-credential-expires"]]).toEqual([403, iso(end)]);
  });

  test("shows an idle end as it is after this use", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 10 });
    const exchange = await hub.call({
      method: "POST",
      url: TOKEN_ENDPOINT,
      form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
    });
    const after = iso(hub.clock.now() + 30 * DAY_MS);
    expect(exchange.headers["mintmark-credential-expires"]).toBe(after);

    const { access_token: bearer } = exchange.json() as { access_token: string };
    hub.clock.advance({ minutes: 5 });
    expect(await expires({ url: "/api/galaxy/", bearer })).toBe(iso(hub.clock.now() + 30 * DAY_MS));
  });

  test("is on the registry's answers, by header and by form", async () => {
    const { secret } = await hub.issue("ada", "app_token", { expiresAt: end });

    expect(await expires({ url: "/v2/auth?service=mintmark-registry", headers: basic("$app", secret) })).toBe(
      iso(end),
    );
    const form = { grant_type: "password", service: "mintmark-registry", client_id: "x", username: "$app" };
    expect(await expires({ method: "POST", url: "/v2/auth", form: { ...form, password: secret } })).toBe(
      iso(end),
    );
  });

  test("is on the data platform's answers, for the key and for its bearer", async () => {
    const { secret } = await hub.issue("ada", "platform_key");
    const authorize = await hub.call({
      method: "POST",
      url: "/icp4d-api/v1/authorize",
      json: { username: "ada", api_key: secret },
    });
    expect(authorize.headers["mintmark-credential-expires"]).toBe(iso(end));

    const { token } = authorize.json() as { token: string };
    expect(await expires({ url: "/zen-data/v3/service_instances", bearer: token })).toBe(iso(end));
  });

  test("at introspection tells of the service's own credential, not of what it asks about", async () => {
    const { secret: bearer } = await hub.issue("ada", "personal_token", {
      expiresAt: end,
      scopes: ["hub:introspect:use"],
    });
    const { secret: token } = await hub.issue("ada", "personal_token", { expiresAt: end - DAY_MS });
    const ask = { method: "POST", url: "/oauth/introspect", form: { token } } as const;

    expect(await expires({ ...ask, bearer })).toBe(iso(end));
    expect(await expires({ ...ask, bearer })).toBe(iso(end));
  });

  test("is absent where nothing ends, where nobody calls, and for a credential that is refused", async () => {
    const forever = await hub.issue("ada", "personal_token");
    const offline = await hub.issue("ada", "offline_token");

    expect(await expires({ url: "/verify", bearer: forever.secret })).toBeUndefined();
    expect(
      await expires({ url: "/api/mintmark/v1/session", bearer: await hub.logIn("ada") }),
    ).toBeUndefined();
    expect(await expires({ url: "/api/mintmark/v1/session" })).toBeUndefined();
    expect(await expires({ url: "/verify", bearer: offline.secret })).toBeUndefined();
    expect(await expires({ url: "/api/galaxy/", bearer: offline.secret })).toBeUndefined();
  });
});
