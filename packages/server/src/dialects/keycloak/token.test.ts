import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

describe.each([...STORES])("on %s", (name) => {
  const REALM = "/auth/realms/redhat-external";
  const TOKEN = `${REALM}/protocol/openid-connect/token`;
  const nobody = anonymousCaller({ address: null, agent: "test" });

  let hub: Harness;
  let store: StoreChoice;
  let confidential: { id: string; secret: string };

  beforeAll(async () => {
    store = await chooseStore(name);
    hub = await createHarness({ openStore: store.openStore, policy: { credentialsPerOwner: 2_000 } });
    await hub.addUser("ada", { grants: ["collection:acme.*:upload"] });
    await hub.addUser("gone");
    const made = await hub.hub.clients.create(
      { name: "importer", type: "confidential", scopes: ["collection:acme.*:download"] },
      nobody,
    );
    confidential = { id: made.client.id, secret: made.secret?.reveal() ?? "" };
  }, 60_000);

  afterAll(async () => {
    await hub?.close();
    await store?.remove();
  });

  function exchange(secret: string, more: Record<string, string> = {}, url = TOKEN) {
    const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret, ...more };
    return hub.call({ method: "POST", url, form });
  }

  function claimsOf(jwt: string): Record<string, unknown> {
    return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
  }

  describe("an exchange of an offline token", () => {
    test("gives a bearer of fifteen minutes and the same offline token back, and no more fields than Keycloak's", async () => {
      const { secret, id } = await hub.issue("ada", "offline_token");

      const reply = await exchange(secret);

      expect(reply.statusCode).toBe(200);
      expect(reply.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
      const { access_token: accessToken, ...rest } = reply.json();
      expect(accessToken).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]{342}$/);
      expect(rest).toEqual({
        expires_in: 900,
        refresh_expires_in: 2_592_000,
        refresh_token: secret,
        token_type: "Bearer",
        "not-before-policy": 0,
        session_state: id,
        scope: "offline_access collection:acme.*:upload collection:*:download",
      });
    });

    test("makes a token in Keycloak's form that names the parent", async () => {
      const { secret, id } = await hub.issue("ada", "offline_token");

      const { access_token: jwt } = (await exchange(secret)).json();

      expect(JSON.parse(Buffer.from(jwt.split(".")[0], "base64url").toString())).toMatchObject({
        typ: "JWT",
        alg: "RS256",
      });
      const owner = await hub.hub.accounts.get("ada");
      const iat = Math.floor(hub.clock.now() / 1000);
      expect(claimsOf(jwt)).toMatchObject({
        iss: "http://hub.test/auth/realms/redhat-external",
        aud: "http://hub.test",
        sub: owner.id,
        client_id: "cloud-services",
        scope: "collection:acme.*:upload collection:*:download",
        iat,
        exp: iat + 900,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        mm_parent: id,
      });
    });

    test("works without /auth too, in any order, and passes over what it does not know", async () => {
      const { secret } = await hub.issue("ada", "offline_token");

      const reply = await hub.call({
        method: "POST",
        url: `${TOKEN.slice("/auth".length)}/?client_id=from-the-url`,
        form: `colour=blue&refresh_token=${secret}&client_id=cloud-services&empty=&empty=&grant_type=refresh_token`,
      });

      expect(reply.statusCode).toBe(200);
    });

    test("shows as a use, with address and agent", async () => {
      const { secret, id } = await hub.issue("ada", "offline_token");

      await hub.call({
        method: "POST",
        url: TOKEN,
        headers: { "user-agent": "ansible-galaxy/2.14.18 (Linux; python:3.11.2)" },
        form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
      });

      const credential = await hub.hub.credentials.find(id);
      expect(credential && hub.hub.uses.latest(credential)).toEqual({
        at: hub.clock.now(),
        address: "127.0.0.1",
        agent: "ansible-galaxy/2.14.18 (Linux; python:3.11.2)",
      });
    });

    test("may ask for less than the token can do, never for more", async () => {
      const { secret } = await hub.issue("ada", "offline_token");

      const less = await exchange(secret, { scope: "openid api.console collection:acme.tools:upload" });
      const more = await exchange(secret, { scope: "user:admin" });

      expect(less.json().scope).toBe("offline_access openid collection:acme.tools:upload");
      expect(more.statusCode).toBe(400);
      expect(more.json().error).toBe("invalid_scope");
    });

    test("gives a bearer that lives no longer than its parent has left", async () => {
      const { secret } = await hub.issue("ada", "offline_token", { expiresAt: hub.clock.now() + 60_000 });

      const { expires_in, refresh_expires_in } = (await exchange(secret)).json();

      expect({ expires_in, refresh_expires_in }).toEqual({ expires_in: 60, refresh_expires_in: 60 });
    });

    test("may be had fifty times at once", async () => {
      const { secret } = await hub.issue("ada", "offline_token");

      const replies = await Promise.all(Array.from({ length: 50 }, () => exchange(secret)));

      expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      expect(new Set(replies.map((reply) => claimsOf(reply.json().access_token).jti)).size).toBe(50);
    });

    test("is had by each of a thousand offline tokens of one user", async () => {
      const tokens = await Promise.all(Array.from({ length: 1000 }, () => hub.issue("ada", "offline_token")));

      const refused: number[] = [];
      for (let from = 0; from < tokens.length; from += 50) {
        const replies = await Promise.all(
          tokens.slice(from, from + 50).map(({ secret }) => exchange(secret)),
        );
        refused.push(...replies.map(({ statusCode }) => statusCode).filter((status) => status !== 200));
      }

      expect(refused).toEqual([]);
    }, 60_000);
  });

  // Only a caller with the true secret learns how it ended.
  describe("the holder of a dead offline token", () => {
    async function endingOf(secret: string) {
      const reply = await exchange(secret);
      const { error, error_description: description, default: shown } = reply.json();
      return { status: reply.statusCode, phrase: reply.raw.res.statusMessage, error, description, shown };
    }

    test("is told that it was revoked, when, and where to get a new one, also in the reason phrase", async () => {
      const { secret, id } = await hub.issue("ada", "offline_token");
      const credential = await hub.hub.credentials.find(id);
      await hub.hub.revocations.revoke(credential as NonNullable<typeof credential>, nobody, null);

      const sentence = "This offline token was revoked on 2025-01-08. Get a new one at http://hub.test/";
      expect(await endingOf(secret)).toEqual({
        status: 400,
        phrase: sentence,
        error: "invalid_grant",
        description: sentence,
        shown: sentence,
      });
    });

    test("is told that it expired", async () => {
      const { secret } = await hub.issue("ada", "offline_token", { expiresAt: hub.clock.now() + 1000 });
      hub.clock.advance({ seconds: 1 });

      expect((await endingOf(secret)).phrase).toMatch(/^This offline token expired on /);
    });

    test("is told that it became inactive", async () => {
      const { secret } = await hub.issue("ada", "offline_token", { idleMs: 1000 });
      hub.clock.advance({ seconds: 1 });

      expect((await endingOf(secret)).phrase).toMatch(/^This offline token became inactive, .* on /);
    });

    test("is told so too when the account was disabled, at once, and its bearers are dead", async () => {
      const { secret } = await hub.issue("gone", "offline_token");
      const { access_token: bearer } = (await exchange(secret)).json();
      const before = await hub.call({ url: "/api/mintmark/v1/session", bearer });
      await hub.hub.accounts.update("gone", { disabled: true }, nobody);

      expect(before.statusCode).toBe(200);
      expect((await endingOf(secret)).phrase).toMatch(/^This offline token was revoked with its account on /);
      expect((await hub.call({ url: "/api/mintmark/v1/session", bearer })).statusCode).toBe(401);
    });
  });

  describe("anything else that is shown as offline token", () => {
    // The mark is public: a dead secret of another kind gets the same sentence as a good one.
    test("of another kind is told which kind it is, and where that is used", async () => {
      const good = await hub.issue("ada", "hub_token");
      const { secret: dead } = await hub.issue("ada", "app_token");
      await hub.call({ method: "POST", url: "/oauth/revoke", form: { token: dead } });
      for (const [secret, sentence] of [
        [good.secret, "This is an API token, which is not taken here. It is for the Galaxy API"],
        [dead, "This is an application token, which is not taken here. It is the password of a registry"],
      ] as const) {
        const reply = await exchange(secret);
        expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_grant"]);
        expect(reply.json().default).toContain(sentence);
      }
    });

    test("is refused with one neutral text, whatever it is", async () => {
      const { secret } = await hub.issue("ada", "offline_token");
      const { access_token: bearer } = (await exchange(secret)).json();
      const flipped = `${secret.slice(0, 8)}${secret[8] === "a" ? "b" : "a"}${secret.slice(9)}`;
      const shown = [flipped, bearer, "x", await hub.logIn("ada")];

      const replies = await Promise.all(shown.map((text) => exchange(text)));

      for (const reply of replies) {
        expect(reply.statusCode).toBe(400);
        expect(reply.json()).toEqual({
          error: "invalid_grant",
          error_description: "This offline token is not valid here.",
          default: "This offline token is not valid here.",
        });
      }
    });

    test("is refused when it was made for another client", async () => {
      const { secret } = await hub.issue("ada", "offline_token");

      const reply = await exchange(secret, {
        client_id: confidential.id,
        client_secret: confidential.secret,
      });

      expect(reply.json().error).toBe("invalid_grant");
    });
  });

  describe("a request that is not in order", () => {
    test.each([
      ["without a grant type", "client_id=cloud-services", 400, "invalid_request"],
      [
        "with a grant type that is not served",
        "grant_type=password&client_id=cloud-services&username=a&password=b",
        400,
        "unsupported_grant_type",
      ],
      ["without a client", "grant_type=refresh_token&refresh_token=x", 400, "invalid_request"],
      [
        "of a client that is unknown",
        "grant_type=refresh_token&client_id=nobody&refresh_token=x",
        401,
        "invalid_client",
      ],
      [
        "without an offline token",
        "grant_type=refresh_token&client_id=cloud-services&refresh_token=",
        400,
        "invalid_request",
      ],
      [
        "with a parameter given twice",
        "grant_type=refresh_token&client_id=cloud-services&refresh_token=x&refresh_token=y",
        400,
        "invalid_request",
      ],
    ])("%s is refused", async (_what, form, status, error) => {
      const reply = await hub.call({ method: "POST", url: TOKEN, form });

      expect(reply.statusCode).toBe(status);
      expect(reply.json()).toEqual({
        error,
        error_description: expect.any(String),
        default: expect.any(String),
      });
      expect(reply.headers["cache-control"]).toBe("no-store");
    });

    test("as JSON, or by another method, is refused", async () => {
      const json = await hub.call({ method: "POST", url: TOKEN, json: { grant_type: "refresh_token" } });
      const get = await hub.call({ url: TOKEN });
      const elsewhere = await hub.call({
        method: "POST",
        url: "/auth/realms/other/protocol/openid-connect/token",
      });

      expect([json.statusCode, json.json().error]).toEqual([400, "invalid_request"]);
      expect([get.statusCode, get.json().error]).toEqual([405, "invalid_request"]);
      expect([elsewhere.statusCode, elsewhere.json().error]).toEqual([404, "not_found"]);
    });
  });

  describe("a client in its own name", () => {
    const inForm = () => ({ client_id: confidential.id, client_secret: confidential.secret });

    function ask(form: Record<string, string>, headers: Record<string, string> = {}) {
      return hub.call({
        method: "POST",
        url: TOKEN,
        headers,
        form: { grant_type: "client_credentials", ...form },
      });
    }

    test("gets a bearer for its own scopes, by form and by Basic, as ansible-galaxy asks for it", async () => {
      const basic = Buffer.from(`${confidential.id}:${encodeURIComponent(confidential.secret)}`).toString(
        "base64",
      );

      const byForm = await ask({ ...inForm(), scope: "api.console" });
      const byBasic = await ask({}, { authorization: `Basic ${basic}` });

      const { access_token: jwt, ...rest } = byForm.json();
      expect(rest).toEqual({
        expires_in: 900,
        refresh_expires_in: 0,
        token_type: "Bearer",
        "not-before-policy": 0,
        scope: "collection:acme.*:download",
      });
      expect(claimsOf(jwt)).toMatchObject({ sub: confidential.id, client_id: confidential.id });
      expect(byBasic.statusCode).toBe(200);
      const list = await hub.call({ url: "/api/galaxy/v3/collections/", bearer: jwt });
      expect(list.statusCode).toBe(200);
    });

    test("is refused with a wrong secret, without one, and when it is public", async () => {
      const wrong = await ask({ ...inForm(), client_secret: "mmc_wrong" });
      const none = await ask({ client_id: confidential.id });
      const unlike = await ask(inForm(), {
        authorization: `Basic ${Buffer.from("other:x").toString("base64")}`,
      });
      const open = await ask({ client_id: "cloud-services" });

      expect([wrong.statusCode, wrong.json().error]).toEqual([401, "invalid_client"]);
      expect(wrong.headers["www-authenticate"]).toBe('Basic realm="Mintmark"');
      expect([none.statusCode, none.json().error]).toEqual([401, "invalid_client"]);
      expect([unlike.statusCode, unlike.json().error]).toEqual([400, "invalid_request"]);
      expect([open.statusCode, open.json().error]).toEqual([400, "unauthorized_client"]);
    });

    test("loses its bearers with itself, and another client of the same id does not bring them back", async () => {
      const request = {
        clientId: "short-lived",
        name: "short",
        type: "confidential",
        scopes: ["collection:*:download"],
      } as const;
      const { secret } = await hub.hub.clients.create(request, nobody);
      const { access_token: bearer } = (
        await ask({ client_id: "short-lived", client_secret: secret?.reveal() ?? "" })
      ).json();
      const list = () => hub.call({ url: "/api/galaxy/v3/collections/", bearer });
      const before = (await list()).statusCode;

      await hub.hub.clients.remove("short-lived", nobody);
      const after = (await list()).statusCode;
      hub.clock.advance({ ms: 1 });
      await hub.hub.clients.create(request, nobody);

      expect([before, after, (await list()).statusCode]).toEqual([200, 401, 401]);
    });
  });
});
