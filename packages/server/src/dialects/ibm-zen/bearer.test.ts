import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PASSWORD } from "../../testing/harness.ts";
import { STORES } from "../../testing/stores.ts";
import { AUTHORIZE, basic, claimsOf, ZenHub, zenApiKey } from "../../testing/zen-hub.ts";

describe.each([...STORES])("on %s", (name) => {
  let zen: ZenHub;

  beforeAll(async () => {
    zen = await ZenHub.open(name);
  }, 60_000);

  afterAll(() => zen?.close());

  describe("authorize", () => {
    test("gives a bearer for a key and for a password, under both names, at both paths", async () => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);

      for (const json of [
        { username, api_key: key },
        { username, password: PASSWORD },
        { username: username.toUpperCase(), api_key: `${key}\n`, password: null, account_id: "x" },
        { username, api_key: null, password: PASSWORD },
      ]) {
        for (const url of [
          AUTHORIZE,
          "/v1/authorize",
          "/icp4d-api//v1/authorize",
          "/ICP4D-API/v1/Authorize/",
        ]) {
          const reply = await zen.harness.call({ method: "POST", url, json });
          expect(reply.statusCode).toBe(200);
          const { token, accessToken, ...rest } = reply.json();
          expect(rest).toEqual({ _messageCode_: "200", message: "Success" });
          expect(token).toBe(accessToken);
          expect(await zen.statusAs({ authorization: `Bearer ${token}` })).toBe(200);
        }
      }
    });

    test("reads JSON whatever it is called", async () => {
      const { username } = await zen.someone();
      const raw = JSON.stringify({ username, password: PASSWORD });
      for (const type of ["application/x-www-form-urlencoded", "text/plain", undefined]) {
        const headers = type === undefined ? {} : { "content-type": type };
        const reply = await zen.harness.call({ method: "POST", url: AUTHORIZE, raw, headers });
        expect(reply.statusCode).toBe(200);
      }
    });

    test.each([
      ["neither", { username: "root" }],
      ["neither but nulls", { username: "root", password: null, api_key: null }],
      ["both", { username: "root", password: PASSWORD, api_key: "x" }],
      ["no user name", { password: PASSWORD }],
      ["a number as user name", { username: 7, password: PASSWORD }],
      ["an object as key", { username: "root", api_key: {} }],
      ["a list", []],
    ])("refuses %s with 400 in Zen's envelope", async (_what, json) => {
      const reply = await zen.harness.call({ method: "POST", url: AUTHORIZE, json });
      expect(reply.statusCode).toBe(400);
      expect(Object.keys(reply.json())).toEqual(["_statusCode_", "_messageCode_", "message", "exception"]);
    });

    test("answers every bad pair alike, and the audit tells them apart", async () => {
      const { username, bearer } = await zen.someone({ grants: ["instance:sales:use"] });
      const other = await zen.someone();
      const dead = await zen.makeKey(bearer);
      const key = await zen.makeKey(bearer);
      const othersKey = await zen.makeKey(other.bearer);
      const instanceKey = await zen.harness.issue(username, "instance_key", { instance: "sales" });
      const personal = await zen.harness.issue(username, "personal_token");
      const cases: [Record<string, string>, string, string][] = [
        [{ username: "nobody", password: PASSWORD }, "session.refuse", "unknown_user"],
        [{ username, password: "wrong password!" }, "session.refuse", "wrong_password"],
        [{ username, password: key }, "session.refuse", "wrong_password"],
        [{ username, api_key: PASSWORD }, "credential.refuse", "malformed_key"],
        [{ username, api_key: `${key.slice(0, -1)}~` }, "credential.refuse", "malformed_key"],
        [{ username, api_key: dead }, "credential.refuse", "replaced"],
        [{ username, api_key: othersKey }, "credential.refuse", "belongs_to_another_user"],
        [{ username, api_key: instanceKey.secret }, "credential.refuse", "not_a_platform_key"],
        [{ username, api_key: personal.secret }, "credential.refuse", "not_a_platform_key"],
        [{ username: "nobody", api_key: key }, "credential.refuse", "belongs_to_another_user"],
      ];
      const bodies = new Set<string>();
      for (const [json, action, reason] of cases) {
        const reply = await zen.authorize(json);
        expect(reply.statusCode).toBe(401);
        bodies.add(reply.body);
        expect(await zen.lastEvent()).toMatchObject({ action, details: { reason } });
      }
      expect([...bodies].map((body) => JSON.parse(body))).toEqual([
        {
          _statusCode_: 401,
          _messageCode_: "unauthorized",
          message: "User unauthorized to invoke this endpoint",
          exception: null,
        },
      ]);
    });
  });

  describe("a bearer", () => {
    test("carries Zen's claims under a key that jwtpublic and our JWKS show", async () => {
      const { username } = await zen.someone();
      const { token } = (await zen.authorize({ username, password: PASSWORD })).json();

      const claims = claimsOf(token);
      const now = Math.floor(zen.harness.clock.now() / 1000);
      expect(claims).toMatchObject({
        username,
        sub: username,
        uid: expect.stringMatching(/^\d+$/),
        role: "User",
        permissions: ["sign_in_only"],
        groups: [10_000],
        iss: "KNOXSSO",
        aud: "DSX",
        authenticator: "default",
        iat: now,
        exp: now + 43_200,
        token_id: expect.any(String),
      });
      const [header = "", payload = "", signature = ""] = token.split(".");
      const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString());
      expect(alg).toBe("RS256");
      const pem = await zen.harness.call({ url: "/auth/jwtpublic" });
      const signed = Buffer.from(`${header}.${payload}`);
      const proof = Buffer.from(signature, "base64url");
      expect(verify("sha256", signed, createPublicKey(pem.body), proof)).toBe(true);
      const { keys } = (await zen.harness.call({ url: "/oauth/jwks" })).json();
      expect(keys).toContainEqual(expect.objectContaining({ kid, alg: "RS256" }));
    });

    test("of the first administrator has Zen's uid of the built-in admin", async () => {
      const { token } = (await zen.authorize({ username: "root", password: PASSWORD })).json();
      expect(claimsOf(token)).toMatchObject({ uid: "1000330999", role: "Admin" });
    });

    test("ends with its key at once, and one from a password with everything of its account", async () => {
      const { username, bearer } = await zen.someone();
      const byKey = (await zen.authorize({ username, api_key: await zen.makeKey(bearer) })).json().token;
      const byPassword = (await zen.authorize({ username, password: PASSWORD })).json().token;

      await zen.makeKey(bearer);
      expect(await zen.statusAs({ authorization: `Bearer ${byKey}` })).toBe(401);
      expect(await zen.statusAs({ authorization: `Bearer ${byPassword}` })).toBe(200);
      const root = await zen.harness.logIn("root");
      const json = { password: "another long password" };
      await zen.harness.call({
        method: "PATCH",
        url: `/api/mintmark/v1/users/${username}`,
        bearer: root,
        json,
      });
      expect(await zen.statusAs({ authorization: `Bearer ${byPassword}` })).toBe(401);
    });

    test("never outlives its key", async () => {
      const { username } = await zen.someone();
      const expiresAt = zen.harness.clock.now() + 90_000;
      const { secret } = await zen.harness.issue(username, "platform_key", { expiresAt });

      const { token } = (await zen.authorize({ username, api_key: secret })).json();

      expect(claimsOf(token).exp).toBe(Math.floor(expiresAt / 1000));
      zen.harness.clock.advance({ seconds: 90 });
      expect(await zen.statusAs({ authorization: `Bearer ${token}` })).toBe(401);
      expect((await zen.authorize({ username, api_key: secret })).statusCode).toBe(401);
      expect((await zen.lastEvent())?.details.reason).toBe("expired");
    });

    test("comes from validateAuth by Basic and by headers, never for a key", async () => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);
      const url = "/v1/preauth/validateAuth";

      for (const headers of [basic(username, PASSWORD), { username, password: PASSWORD }]) {
        const reply = await zen.harness.call({ url, headers });
        expect(reply.json()).toMatchObject({ username, iss: "KNOXSSO", message: "success" });
        expect(JSON.stringify(reply.json())).not.toContain("mm_");
        expect(await zen.statusAs({ authorization: `Bearer ${reply.json().accessToken}` })).toBe(200);
      }
      for (const headers of [
        basic(username, key),
        { username, password: key },
        zenApiKey(username, key),
        { username },
        {},
      ]) {
        expect((await zen.harness.call({ url, headers: headers as Record<string, string> })).statusCode).toBe(
          401,
        );
      }
    });

    test("comes from signin by password alone", async () => {
      const { username, bearer } = await zen.someone();
      const url = "/v1/preauth/signin";
      const good = await zen.harness.call({ method: "POST", url, json: { username, password: PASSWORD } });
      expect(await zen.statusAs({ authorization: `Bearer ${good.json().token}` })).toBe(200);
      const json = { username, password: await zen.makeKey(bearer) };
      expect((await zen.harness.call({ method: "POST", url, json })).statusCode).toBe(401);
    });

    test("comes from IAM's and MCSP's doors for a key alone", async () => {
      const { bearer, username } = await zen.someone();
      const key = await zen.makeKey(bearer);
      const grant = "urn:ibm:params:oauth:grant-type:apikey";
      const iam = (form: Record<string, string>) =>
        zen.harness.call({ method: "POST", url: "/identity/token", form });

      const reply = await iam({ grant_type: grant, apikey: key, response_type: "cloud_iam" });
      expect(reply.json()).toMatchObject({
        token_type: "Bearer",
        expires_in: 43_200,
        expiration: expect.any(Number),
      });
      expect(await zen.statusAs({ authorization: `Bearer ${reply.json().access_token}` })).toBe(200);
      expect((await iam({ grant_type: grant, apikey: "wrong" })).json()).toMatchObject({
        _statusCode_: 401,
        errorCode: "BXNIM0415E",
      });
      expect((await iam({ grant_type: "password", apikey: key })).statusCode).toBe(400);
      expect((await iam({ apikey: key })).statusCode).toBe(400);

      const mcsp = await zen.harness.call({
        method: "POST",
        url: "/siusermgr/api/1.0/apikeys/token",
        json: { apikey: key },
      });
      expect(claimsOf(mcsp.json().token).username).toBe(username);
    });
  });
});
