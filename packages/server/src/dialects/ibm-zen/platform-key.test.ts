import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../../core/looked.ts";
import { type Presented, readAuthorization } from "../../http/authorization.ts";
import { identify } from "../../http/identify.ts";
import { PASSWORD } from "../../testing/harness.ts";
import { STORES } from "../../testing/stores.ts";
import { INSTANCES, KEY, WHO, ZenHub, zenApiKey } from "../../testing/zen-hub.ts";
import { makePlatformKey } from "./keys.ts";

describe.each([...STORES])("on %s", (name) => {
  let zen: ZenHub;

  beforeAll(async () => {
    zen = await ZenHub.open(name);
  }, 60_000);

  afterAll(() => zen?.close());

  describe("a platform key", () => {
    test("is shown once and ends the one before", async () => {
      const { username, bearer } = await zen.someone();

      const reply = await zen.harness.call({ method: "POST", url: KEY, bearer });

      expect(reply.statusCode).toBe(200);
      expect(reply.headers["cache-control"]).toBe("no-store");
      const { apiKey, ...rest } = reply.json();
      expect(apiKey).toMatch(/^mmp_[0-9A-Za-z]{36}$/);
      expect(rest).toEqual({ expire_at: null, message: "success", _messageCode_: "success" });
      const second = await zen.makeKey(bearer);
      expect(await zen.statusAs(zenApiKey(username, apiKey))).toBe(401);
      expect(await zen.statusAs(zenApiKey(username, second))).toBe(200);
    });

    test("comes by GET too, under every spelling of the path", async () => {
      for (const url of [
        "/usermgmt/v1/user/apikey",
        "/api/v1/usermgmt/v1/user/apiKey",
        "//usermgmt//v1/user/APIKEY/",
      ]) {
        const { username, bearer } = await zen.someone();
        const { apiKey } = (await zen.harness.call({ url, bearer })).json();
        expect(await zen.statusAs(zenApiKey(username, apiKey))).toBe(200);
      }
    });

    test("is the same when the GET is repeated at once, also by many at a time, and another after some seconds", async () => {
      const { username, bearer } = await zen.someone();

      const replies = await Promise.all([1, 2, 3, 4].map(() => zen.harness.call({ url: KEY, bearer })));
      const keys = new Set(replies.map((reply) => reply.json().apiKey));
      expect(keys.size).toBe(1);
      zen.harness.clock.advance({ seconds: 3 });
      expect((await zen.harness.call({ url: KEY, bearer })).json().apiKey).toBe([...keys][0]);

      zen.harness.clock.advance({ seconds: 3 });
      const later = (await zen.harness.call({ url: KEY, bearer })).json().apiKey;
      expect(keys.has(later)).toBe(false);
      expect(await zen.statusAs(zenApiKey(username, later))).toBe(200);
      expect(await zen.statusAs(zenApiKey(username, [...keys][0] as string))).toBe(401);
    });

    test("that a GET made is not shown again to another log-in, nor after it was revoked", async () => {
      const { username, bearer } = await zen.someone();
      const first = (await zen.harness.call({ url: KEY, bearer })).json().apiKey;

      const second = (await zen.harness.call({ url: KEY, bearer: await zen.harness.logIn(username) })).json()
        .apiKey;
      expect(second).not.toBe(first);
      expect((await zen.harness.call({ method: "DELETE", url: KEY, bearer })).statusCode).toBe(204);
      expect((await zen.harness.call({ url: KEY, bearer })).json().apiKey).not.toBe(second);
    });

    test("is not burned by a repeat that reaches a server which did not make it", async () => {
      const { username, bearer } = await zen.someone();
      const { apiKey } = (await zen.harness.call({ url: KEY, bearer })).json();
      await zen.harness.restart();

      const repeat = await zen.harness.call({ url: KEY, bearer });

      expect(repeat.statusCode).toBe(429);
      expect(repeat.headers["retry-after"]).toBe("5");
      expect(await zen.statusAs(zenApiKey(username, apiKey))).toBe(200);
      zen.harness.clock.advance({ seconds: 5 });
      expect((await zen.harness.call({ url: KEY, bearer })).statusCode).toBe(200);
    });

    test("is not made by HEAD", async () => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);

      expect((await zen.harness.call({ method: "HEAD", url: KEY, bearer })).statusCode).toBe(405);
      expect(await zen.statusAs(zenApiKey(username, key))).toBe(200);
    });

    // A link on another site carries the cookie along.
    test("is not made by a GET that only a cookie proves", async () => {
      const { username } = await zen.someone();
      const { cookie = "", ...csrf } = await zen.harness.logInByCookie(username);

      expect((await zen.harness.call({ url: KEY, headers: { cookie } })).statusCode).toBe(403);
      expect((await zen.harness.call({ url: KEY, headers: { cookie, ...csrf } })).statusCode).toBe(200);
    });

    test("replaces itself and ends itself, as a key and by its bearer", async () => {
      const { username, bearer } = await zen.someone();
      const first = await zen.makeKey(bearer);

      const second = (await zen.harness.call({ url: KEY, headers: zenApiKey(username, first) })).json()
        .apiKey;
      expect(await zen.statusAs(zenApiKey(username, first), KEY)).toBe(401);
      const { token } = (await zen.authorize({ username, api_key: second })).json();
      const third = await zen.makeKey(token);
      expect(await zen.statusAs({ authorization: `Bearer ${token}` })).toBe(401);
      const ended = await zen.harness.call({
        method: "DELETE",
        url: KEY,
        headers: zenApiKey(username, third),
      });
      expect(ended.statusCode).toBe(204);
      expect(await zen.statusAs(zenApiKey(username, third))).toBe(401);
    });

    test("that was narrowed stays so and ends no later when it replaces itself", async () => {
      const { username } = await zen.someone({ grants: ["instance:sales:use", "instance:hr:use"] });
      const expiresAt = zen.harness.clock.now() + 3_600_000;
      const { secret } = await zen.harness.issue(username, "platform_key", {
        scopes: ["instance:hr:use"],
        expiresAt,
      });

      const reply = await zen.harness.call({
        method: "POST",
        url: KEY,
        headers: zenApiKey(username, secret),
      });

      expect(reply.json().expire_at).toBe(new Date(expiresAt).toISOString());
      const list = await zen.harness.call({
        url: INSTANCES,
        headers: zenApiKey(username, reply.json().apiKey),
      });
      expect(list.json().service_instances.map(({ id }: { id: string }) => id)).toEqual(["hr"]);
    });

    // Otherwise the holder of a leaked key could outrun its revocation.
    test("does not replace itself once it has ended, however near the moment", async () => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);
      const presented = readAuthorization(zenApiKey(username, key).authorization);
      const origin = { address: null, agent: null };
      const caller = await ask(identify(zen.harness.hub, presented as Presented, origin));
      await zen.harness.call({ method: "DELETE", url: KEY, bearer });

      await expect(makePlatformKey(zen.harness.hub, caller)).rejects.toMatchObject({
        code: "credential_inactive",
      });
    });

    test("needs a log-in with password, and a recent one; ending it does not", async () => {
      const { username, bearer } = await zen.someone();
      const { token } = (await zen.authorize({ username, password: PASSWORD })).json();
      expect((await zen.harness.call({ method: "POST", url: KEY, bearer: token })).statusCode).toBe(200);

      zen.harness.clock.advance({ minutes: 10 });
      for (const stale of [bearer, token]) {
        const reply = await zen.harness.call({ method: "POST", url: KEY, bearer: stale });
        expect(reply.statusCode).toBe(401);
        expect(reply.json()._messageCode_).toBe("fresh_login_required");
      }
      for (const _again of [1, 2]) {
        expect((await zen.harness.call({ method: "DELETE", url: KEY, bearer })).statusCode).toBe(204);
      }
    });

    test("is made by a personal token that holds user:admin, and by no other credential", async () => {
      const { username, bearer } = await zen.someone({ grants: ["instance:sales:use"] });
      const able = await zen.harness.issue(username, "personal_token", { scopes: ["user:admin"] });
      const unable = await zen.harness.issue(username, "personal_token", { scopes: ["instance:sales:use"] });
      const appToken = await zen.harness.issue(username, "app_token", { title: "ci" });
      const instanceKey = await zen.harness.issue(username, "instance_key", { instance: "sales" });
      const platformKey = await zen.makeKey(bearer);

      const make = async (secret: string, url = KEY) =>
        (await zen.harness.call({ method: "POST", url, bearer: secret })).statusCode;
      expect(await make(able.secret)).toBe(200);
      expect(await make(unable.secret)).toBe(403);
      expect(await make(appToken.secret)).toBe(401);
      expect(await make(instanceKey.secret)).toBe(401);
      expect(await make(platformKey, `${INSTANCES}/sales/api_key`)).toBe(401);
      expect(await make(await zen.makeKey(bearer), `${INSTANCES}/sales/api_key`)).toBe(403);
    });
  });

  describe("the header ZenApiKey", () => {
    test.each([
      [
        "as documented, with the newline of echo",
        (pair: string) => `${pair}\n`,
        "ZenApiKey",
        (text: string) => text,
      ],
      ["without padding", (pair: string) => pair, "ZenApiKey", (text: string) => text.replace(/=+$/, "")],
      [
        "in the url-safe alphabet",
        (pair: string) => pair,
        "zenapikey",
        (text: string) => text.replaceAll("+", "-").replaceAll("/", "_"),
      ],
      ["in another case", (pair: string) => pair, "ZENAPIKEY", (text: string) => text],
    ])("is read %s", async (_how, pairOf, scheme, spell) => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);
      const value = spell(Buffer.from(pairOf(`${username}:${key}`)).toString("base64"));

      expect(await zen.statusAs({ authorization: `${scheme} ${value}` })).toBe(200);
    });

    test("holds user names with colons and at signs", async () => {
      await zen.harness.addUser("IAM#ada:lovelace@example.com");
      const key = await zen.makeKey(await zen.harness.logIn("IAM#ada:lovelace@example.com"));

      expect(await zen.statusAs(zenApiKey("IAM#ada:lovelace@example.com", key))).toBe(200);
      expect(await zen.statusAs(zenApiKey("IAM#ada", key))).toBe(401);
    });

    test("takes no password and nobody else's key, and the audit says why", async () => {
      const { bearer, username } = await zen.someone();
      const other = await zen.someone();
      const key = await zen.makeKey(bearer);

      expect(await zen.statusAs(zenApiKey(username, PASSWORD))).toBe(401);
      expect(await zen.statusAs(zenApiKey(other.username, key))).toBe(401);
      expect(await zen.lastEvent()).toMatchObject({
        action: "credential.refuse",
        owner: username,
        details: { kind: "platform_key", reason: expect.stringContaining("does not belong") },
      });
      await zen.harness.call({ method: "DELETE", url: KEY, bearer });
      expect(await zen.statusAs(zenApiKey(username, key))).toBe(401);
      expect((await zen.lastEvent())?.details.reason).toBe("revoked");
    });
  });

  describe("who am I", () => {
    test("answers for a session, a key and a bearer", async () => {
      const { username, bearer } = await zen.someone();
      const key = await zen.makeKey(bearer);
      for (const headers of [{ authorization: `Bearer ${bearer}` }, zenApiKey(username, key)]) {
        const reply = await zen.harness.call({ url: WHO, headers });
        expect(reply.json()).toMatchObject({ user_name: username, uid: expect.stringMatching(/^\d+$/) });
      }
      expect(await zen.statusAs({})).toBe(401);
    });
  });
});
