import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { KIND_NAMES, type Kind } from "../../core/credential/kinds.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

describe.each([...STORES])("on %s", (name) => {
  const PROTOCOL = "/auth/realms/redhat-external/protocol/openid-connect";
  const ISSUER = "http://hub.test/auth/realms/redhat-external";
  const nobody = anonymousCaller({ address: null, agent: "test" });

  let hub: Harness;
  let store: StoreChoice;
  let client: { client_id: string; client_secret: string };

  beforeAll(async () => {
    store = await chooseStore(name);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("ada", { grants: ["collection:acme.*:upload", "instance:sales:use"] });
    await hub.addUser("root", { role: "admin" });
    await hub.hub.instances.create({ id: "sales", displayName: "Sales" }, nobody);
    const made = await hub.hub.clients.create(
      {
        clientId: "service",
        name: "service",
        type: "confidential",
        scopes: ["hub:introspect:use"],
      },
      nobody,
    );
    client = { client_id: "service", client_secret: made.secret?.reveal() ?? "" };
  }, 60_000);

  afterAll(async () => {
    await hub?.close();
    await store?.remove();
  });

  // Registered only so that people can consent to it, a client must not look up everybody's credentials.
  test("a client without hub:introspect:use does not introspect, at no endpoint, known to the node or not", async () => {
    const { client: other, secret } = await hub.hub.clients.create(
      { name: "consent page", type: "confidential", scopes: ["collection:acme.*:download"] },
      nobody,
    );
    const form = { client_id: other.id, client_secret: secret?.reveal() ?? "", token: "mmt_x" };
    const realm = "/auth/realms/redhat-external/protocol/openid-connect/token/introspect";
    for (const url of ["/oauth/introspect", realm, "/oauth/introspect"]) {
      const reply = await hub.call({ method: "POST", url, form });
      expect([url, reply.statusCode, reply.body.includes("active")]).toEqual([url, 403, false]);
    }
  });

  async function introspect(token: string, url = "/oauth/introspect"): Promise<Record<string, unknown>> {
    const reply = await hub.call({ method: "POST", url, form: { ...client, token } });
    expect(reply.statusCode).toBe(200);
    return reply.json();
  }

  async function bearerOf(secret: string): Promise<string> {
    const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret };
    return (await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form })).json().access_token;
  }

  async function usedAt(id: string): Promise<number | undefined> {
    const credential = await hub.hub.credentials.find(id);
    return credential ? hub.hub.uses.latest(credential)?.at : undefined;
  }

  function issue(kind: Kind): Promise<{ secret: string; id: string }> {
    return hub.issue("ada", kind, kind === "instance_key" ? { instance: "sales" } : {});
  }

  describe("introspection", () => {
    test.each([...KIND_NAMES])("tells what an active %s is", async (kind) => {
      const { secret, id } = await issue(kind);
      const owner = await hub.hub.accounts.get("ada");

      const answer = await introspect(secret);

      expect(answer).toMatchObject({
        active: true,
        scope: expect.any(String),
        sub: owner.id,
        username: "ada",
        client_id: kind === "offline_token" ? "cloud-services" : "mintmark",
        token_type: kind === "offline_token" ? "Offline" : "Bearer",
        iat: Math.floor(hub.clock.now() / 1000),
        iss: ISSUER,
        aud: "http://hub.test",
        jti: id,
        kind,
      });
      const dies = kind === "offline_token";
      expect(answer["exp"]).toBe(dies ? Math.floor(hub.clock.now() / 1000) + 30 * 86_400 : undefined);
    });

    test("answers for a bearer with the kind of its parent, on both paths", async () => {
      const { secret } = await issue("offline_token");
      const bearer = await bearerOf(secret);

      const answer = await introspect(bearer);

      expect(answer).toMatchObject({
        active: true,
        kind: "offline_token",
        token_type: "Bearer",
        client_id: "cloud-services",
        scope: "collection:acme.*:upload collection:*:download",
        username: "ada",
        iss: ISSUER,
      });
      expect(Number(answer["exp"]) - Number(answer["iat"])).toBe(900);
      expect(await introspect(bearer, `${PROTOCOL}/token/introspect`)).toEqual(answer);
    });

    // Looking at the token must not keep it alive; showing its bearer somewhere must.
    test("is a use of an offline token when its bearer is shown, and none when it is shown itself", async () => {
      const { secret, id } = await issue("offline_token");
      const bearer = await bearerOf(secret);
      const exchanged = hub.clock.now();
      hub.clock.advance({ minutes: 1 });

      await introspect(secret);
      const afterSecret = await usedAt(id);
      await introspect(bearer);

      expect(afterSecret).toBe(exchanged);
      expect(await usedAt(id)).toBe(hub.clock.now());
    });

    test("says no more than inactive of anything else", async () => {
      const { secret: revoked, id } = await issue("offline_token");
      const bearer = await bearerOf(revoked);
      const credential = await hub.hub.credentials.find(id);
      await hub.hub.revocations.revoke(credential as NonNullable<typeof credential>, nobody, null);
      const shown = [
        revoked,
        bearer,
        `${bearer}x`,
        "x",
        "mmo_nothing",
        await hub.logIn("ada"),
        client.client_secret,
      ];

      const answers = await Promise.all(shown.map((token) => introspect(token)));

      for (const answer of answers) {
        expect(answer).toEqual({ active: false });
      }
    });

    test("is for clients with their secret, by form and by Basic, and for callers that hold the scope", async () => {
      const { secret: token } = await issue("hub_token");
      const { secret: allowed } = await hub.issue("root", "personal_token", {
        scopes: ["hub:introspect:use"],
      });
      const { secret: other } = await hub.issue("root", "personal_token", {
        scopes: ["collection:*:download"],
      });
      const { secret: member } = await hub.issue("ada", "personal_token", { scopes: ["hub:introspect:use"] });
      const ask = (headers: Record<string, string>, form: Record<string, string> = {}) =>
        hub.call({ method: "POST", url: "/oauth/introspect", headers, form: { token, ...form } });
      const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
      const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

      const replies = [
        await ask(basic(`service:${client.client_secret}`)),
        await ask(bearer(allowed)),
        await ask(bearer(other)),
        await ask(bearer(member)),
        await ask(bearer(token)),
        await ask(basic("service:wrong")),
        await ask(basic(`root:${PASSWORD}`)),
        await ask({}),
        await ask({}, { client_id: "cloud-services" }),
      ];

      expect(replies.map(({ statusCode }) => statusCode)).toEqual([
        200, 200, 403, 403, 401, 401, 401, 401, 401,
      ]);
      expect(replies[2]?.json().error).toBe("insufficient_scope");
      expect(replies[5]?.headers["www-authenticate"]).toBe('Basic realm="Mintmark"');
    });

    // A service that was handed a token made for others, or for less, must not take it for its own.
    test("says no to what was made for another audience, or does not allow what is asked for", async () => {
      const { secret } = await issue("hub_token");
      const bearer = await bearerOf((await issue("offline_token")).secret);
      const ask = async (token: string, form: Record<string, string>) =>
        (
          await hub.call({ method: "POST", url: "/oauth/introspect", form: { ...client, token, ...form } })
        ).json();
      const { aud } = await introspect(bearer);
      const own = [aud].flat()[0] as string;

      for (const [token, audience] of [
        [secret, "http://hub.test"],
        [bearer, own],
      ] as const) {
        expect((await ask(token, { audience })).active).toBe(true);
        expect((await ask(token, { audience, scope: "collection:acme.tools:upload" })).active).toBe(true);
        for (const narrowing of [
          { audience: "http://other.test" },
          { scope: "collection:acme.tools:upload collection:other.tools:upload" },
          { scope: "user:admin" },
        ]) {
          expect(await ask(token, narrowing)).toEqual({ active: false });
        }
      }
      expect((await ask(secret, { scope: "nonsense" })).error).toBe("invalid_scope");
    });

    // A header that has proven a client is remembered: no longer than the client stays what it was.
    test("believes a client's header until the client is deleted, also by the name of a later one", async () => {
      const register = () =>
        hub.hub.clients.create(
          { clientId: "passing", name: "passing", type: "confidential", scopes: ["hub:introspect:use"] },
          nobody,
        );
      const { secret } = await issue("personal_token");
      const made = await register();
      const header = (known: typeof made) =>
        `Basic ${Buffer.from(`passing:${known.secret?.reveal()}`).toString("base64")}`;
      const ask = async (authorization: string, more: Record<string, string> = {}) => {
        const form = { token: secret, ...more };
        return (
          await hub.call({ method: "POST", url: "/oauth/introspect", headers: { authorization }, form })
        ).statusCode;
      };
      expect([await ask(header(made)), await ask(header(made))]).toEqual([200, 200]);
      expect(await ask(header(made), { client_id: "somebody" })).toBe(400);

      await hub.hub.clients.remove("passing", nobody);
      expect(await ask(header(made))).toBe(401);
      const again = await register();
      expect([await ask(header(again)), await ask(header(made))]).toEqual([200, 401]);
    });

    test("wants a token, once", async () => {
      const none = await hub.call({ method: "POST", url: "/oauth/introspect", form: client });
      const twice = await hub.call({
        method: "POST",
        url: "/oauth/introspect",
        form: [...Object.entries(client), ["token", "a"], ["token", "b"]],
      });

      expect([none.statusCode, twice.statusCode]).toEqual([400, 400]);
      expect(none.json().error).toBe("invalid_request");
    });
  });

  describe("revocation", () => {
    const revoke = (token: string, url = "/oauth/revoke") =>
      hub.call({ method: "POST", url, form: { token, client_id: "cloud-services" } });

    test.each([...KIND_NAMES])("ends the %s that is shown, and nothing else", async (kind) => {
      const { secret, id } = await issue(kind);
      const { secret: other } = await issue(kind === "offline_token" ? "offline_token" : "app_token");

      const reply = await revoke(secret);

      expect([reply.statusCode, reply.body]).toEqual([200, ""]);
      expect(await introspect(secret)).toEqual({ active: false });
      expect((await introspect(other))["active"]).toBe(true);
      const [event] = await hub.context.store.read.audit.list({ limit: 1, credentialId: id });
      expect(event).toMatchObject({ action: "credential.revoke", actor: "ada" });
    });

    test("of an offline token ends its bearers at our doors at once", async () => {
      const { secret } = await issue("offline_token");
      const bearer = await bearerOf(secret);

      await revoke(secret, `${PROTOCOL}/revoke`);

      expect((await hub.call({ url: "/api/galaxy/v3/collections/", bearer })).statusCode).toBe(401);
      expect((await hub.call({ url: "/api/mintmark/v1/session", bearer })).statusCode).toBe(401);
    });

    test("of a session signs it out", async () => {
      const session = await hub.logIn("ada");

      await revoke(session);

      expect((await hub.call({ url: "/api/mintmark/v1/session", bearer: session })).statusCode).toBe(401);
    });

    test("answers 200 for what is unknown, dead or a bearer, which ends nothing", async () => {
      const { secret } = await issue("offline_token");
      const bearer = await bearerOf(secret);

      const replies = [
        await revoke("unknown"),
        await revoke(bearer),
        await revoke(`${secret.slice(0, -1)}_`),
      ];

      expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
      expect((await introspect(secret))["active"]).toBe(true);
      expect((await hub.call({ method: "POST", url: "/oauth/revoke", form: {} })).statusCode).toBe(400);
    });
  });

  describe("discovery", () => {
    test("is one document with one issuer, wherever it is asked for", async () => {
      const places = [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/auth/realms/redhat-external",
        "/auth/realms/redhat-external/.well-known/openid-configuration",
        "/realms/redhat-external/.well-known/openid-configuration",
      ];

      const documents = await Promise.all(places.map(async (url) => (await hub.call({ url })).json()));

      expect(documents[0]).toMatchObject({
        issuer: ISSUER,
        token_endpoint: `${ISSUER}/protocol/openid-connect/token`,
        introspection_endpoint: `${ISSUER}/protocol/openid-connect/token/introspect`,
        revocation_endpoint: `${ISSUER}/protocol/openid-connect/revoke`,
        device_authorization_endpoint: `${ISSUER}/protocol/openid-connect/auth/device`,
        jwks_uri: `${ISSUER}/protocol/openid-connect/certs`,
      });
      for (const document of documents) {
        expect(document).toEqual(documents[0]);
      }
    });

    test("leads to the keys that bearers are signed with, before and after a rotation", async () => {
      const keys = async (url: string) => (await hub.call({ url })).json();
      const { secret } = await issue("offline_token");
      const before = await bearerOf(secret);
      const published = await keys("/oauth/jwks");

      await hub.hub.keys.rotate("realm", nobody);
      const after = await bearerOf(secret);

      const options = {
        issuer: ISSUER,
        audience: "http://hub.test",
        typ: "JWT",
        currentDate: new Date(hub.clock.now()),
      };
      // A service that fetched the keys before the rotation has the next one already.
      await expect(jwtVerify(after, createLocalJWKSet(published), options)).resolves.toBeDefined();
      const now = await keys(`${PROTOCOL}/certs`);
      await expect(jwtVerify(before, createLocalJWKSet(now), options)).resolves.toBeDefined();
      expect((await introspect(before))["active"]).toBe(true);
      const kidOf = (jwt: string) =>
        JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString()).kid;
      expect(kidOf(after)).not.toBe(kidOf(before));
      hub.clock.advance({ minutes: 20 });
      const kids = (await keys("/oauth/jwks")).keys.map(({ kid }: { kid: string }) => kid);
      expect(kids).not.toContain(kidOf(before));
      expect(JSON.stringify(now)).not.toContain('"d"');
    });
  });
});
