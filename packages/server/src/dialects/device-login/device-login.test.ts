import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

describe.each([...STORES])("on %s", (name) => {
  const PROTOCOL = "/auth/realms/redhat-external/protocol/openid-connect";
  const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
  const nobody = anonymousCaller({ address: null, agent: "test" });

  interface Started {
    readonly device_code: string;
    readonly user_code: string;
  }

  let hub: Harness;
  let store: StoreChoice;

  beforeAll(async () => {
    store = await chooseStore(name);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("ada", { grants: ["collection:acme.*:upload"] });
  }, 60_000);

  // Past the window of the brakes, so that no test feels those of another.
  beforeEach(() => hub.clock.advance({ minutes: 16 }));

  afterAll(async () => {
    await hub?.close();
    await store?.remove();
  });

  async function start(form: Record<string, string> = {}): Promise<Started> {
    const reply = await hub.call({
      method: "POST",
      url: `${PROTOCOL}/auth/device`,
      headers: { "user-agent": "Terminal/1 <b>" },
      form: { client_id: "cloud-services", ...form },
    });
    expect(reply.statusCode).toBe(200);
    return reply.json();
  }

  async function poll(deviceCode: string) {
    const form = { grant_type: DEVICE_CODE, client_id: "cloud-services", device_code: deviceCode };
    const reply = await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form });
    return { status: reply.statusCode, body: reply.json() };
  }

  async function answer(userCode: string, what: string, headers?: Record<string, string>) {
    const cookie = headers ?? (await hub.logInByCookie("ada"));
    return hub.call({
      method: "POST",
      url: "/device/answer",
      headers: cookie,
      form: { user_code: userCode, answer: what },
    });
  }

  describe("a log-in by device", () => {
    test("begins with a code for the terminal and one for the person", async () => {
      expect(await start()).toEqual({
        device_code: expect.stringMatching(/^mmd_\w{36}$/),
        user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
        verification_uri: "http://hub.test/device",
        verification_uri_complete: expect.stringMatching(
          /^http:\/\/hub.test\/device\?user_code=\w{4}-\w{4}$/,
        ),
        expires_in: 600,
        interval: 5,
      });
    });

    test("waits until the person answers, then gives an offline token, once", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start();

      expect((await poll(deviceCode)).body.error).toBe("authorization_pending");
      expect((await answer(userCode.toLowerCase(), "approve")).statusCode).toBe(200);
      const { status, body } = await poll(deviceCode);
      const again = await poll(deviceCode);

      expect(status).toBe(200);
      expect(body).toMatchObject({
        token_type: "Bearer",
        expires_in: 900,
        refresh_expires_in: 2_592_000,
        refresh_token: expect.stringMatching(/^mmo_/),
        scope: "offline_access collection:acme.*:upload collection:*:download",
      });
      expect(again.body.error).toBe("invalid_grant");
      const form = {
        grant_type: "refresh_token",
        client_id: "cloud-services",
        refresh_token: body.refresh_token,
      };
      expect((await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form })).statusCode).toBe(200);
      const [listed] = (
        await hub.call({ url: "/api/mintmark/v1/credentials", bearer: await hub.logIn("ada") })
      ).json().credentials;
      expect(listed).toMatchObject({
        kind: "offline_token",
        title: "ansible-galaxy (log-in by device)",
        state: "active",
      });
    });

    test("gives its token to one of many who poll at once", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start();
      await answer(userCode, "approve");

      const outcomes = await Promise.all(Array.from({ length: 10 }, () => poll(deviceCode)));

      expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    test("may ask for less", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start({
        scope: "openid collection:acme.tools:upload",
      });
      await answer(userCode, "approve");

      expect((await poll(deviceCode)).body.scope).toBe("offline_access collection:acme.tools:upload");
    });

    test("cannot ask for what no offline token has", async () => {
      const form = { client_id: "cloud-services", scope: "user:admin" };

      const reply = await hub.call({ method: "POST", url: `${PROTOCOL}/auth/device`, form });

      expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_scope"]);
    });

    test("tells a terminal that asks too often to slow down, and means it", async () => {
      const { device_code: deviceCode } = await start();
      const errors: string[] = [];

      for (const seconds of [0, 4, 5, 9, 20]) {
        hub.clock.advance({ seconds });
        errors.push((await poll(deviceCode)).body.error);
      }

      expect(errors).toEqual([
        "authorization_pending",
        "slow_down",
        "slow_down",
        "slow_down",
        "authorization_pending",
      ]);
    });

    test("ends with the word that fits: refused, or too old", async () => {
      const refused = await start();
      const old = await start();
      await answer(refused.user_code, "deny");

      expect(await poll(refused.device_code)).toMatchObject({
        status: 400,
        body: { error: "access_denied" },
      });
      hub.clock.advance({ minutes: 10 });
      expect(await poll(old.device_code)).toMatchObject({ status: 400, body: { error: "expired_token" } });
      expect((await answer(old.user_code, "approve")).statusCode).toBe(404);
    });

    test("is answered once", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start();

      await answer(userCode, "deny");

      expect((await answer(userCode, "approve")).statusCode).toBe(404);
      expect((await poll(deviceCode)).body.error).toBe("access_denied");
    });

    // What ends everything of an account ends what it approved as well, and enabling it again brings nothing
    // back.
    test("comes to nothing when the account is disabled before the terminal asks", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start();
      await answer(userCode, "approve");

      await hub.hub.accounts.update("ada", { disabled: true }, nobody);
      await hub.hub.accounts.update("ada", { disabled: false }, nobody);

      expect((await poll(deviceCode)).body.error).toBe("access_denied");
    });

    test("is another client's business", async () => {
      const { user_code: userCode, device_code: deviceCode } = await start();
      await answer(userCode, "approve");
      await hub.hub.clients.create({ clientId: "other", name: "other", type: "public" }, nobody);

      const form = { grant_type: DEVICE_CODE, client_id: "other", device_code: deviceCode };
      const reply = await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form });

      expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_grant"]);
    });

    test("is begun a hundred times from one address, then refused for a while", async () => {
      for (let count = 0; count < 100; count += 1) {
        await start();
      }

      const reply = await hub.call({
        method: "POST",
        url: `${PROTOCOL}/auth/device`,
        form: { client_id: "cloud-services" },
      });

      expect(reply.statusCode).toBe(429);
      expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
    });

    test("stands in the audit with the one who approved it and whence it was asked", async () => {
      const { user_code: userCode } = await start();
      await answer(userCode, "approve");

      const [event] = await hub.context.store.read.audit.list({ limit: 1 });

      expect(event).toMatchObject({
        action: "consent.give",
        actor: "ada",
        details: { clientId: "cloud-services", by: "device", askedFrom: "127.0.0.1" },
      });
    });
  });

  describe("the page", () => {
    test("asks a stranger to sign in and leads on to the question", async () => {
      const { user_code: userCode } = await start();

      const stranger = await hub.call({ url: `/device?user_code=${userCode}` });
      const form = { username: "ada", password: PASSWORD, user_code: userCode };
      const signedIn = await hub.call({ method: "POST", url: "/device/sign-in", form });
      const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] ?? "";
      const question = await hub.call({ url: String(signedIn.headers.location), headers: { cookie } });

      expect(stranger.body).toContain('action="/device/sign-in"');
      expect(signedIn.statusCode).toBe(303);
      expect(signedIn.headers.location).toBe(`/device?user_code=${userCode}`);
      for (const fact of [
        "ansible-galaxy (cloud-services)",
        "127.0.0.1",
        "Terminal/1 &lt;b&gt;",
        userCode,
        "<strong>ada</strong>",
      ]) {
        expect(question.body).toContain(fact);
      }
      const csrf = /name="_csrf_token" value="([^"]+)"/.exec(question.body)?.[1] ?? "";
      const answered = await hub.call({
        method: "POST",
        url: "/device/answer",
        headers: { cookie },
        form: { _csrf_token: csrf, user_code: userCode, answer: "approve" },
      });
      expect(answered.statusCode).toBe(200);
      expect(answered.body).toContain("The device is connected");
    });

    test("runs no script, sits in no frame and sends its forms nowhere else", async () => {
      const page = await hub.call({ url: "/device" });

      expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(page.headers["content-security-policy"]).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(page.headers["cache-control"]).toBe("no-store");
      expect(page.body).not.toContain("<script");
    });

    test("wants the password again when it was given long ago", async () => {
      const { user_code: userCode } = await start();
      const cookie = await hub.logInByCookie("ada");
      hub.clock.advance({ minutes: 10 });
      const { user_code: later } = await start();

      const page = await hub.call({ url: `/device?user_code=${userCode}`, headers: cookie });

      expect(page.body).toContain("Give your password again");
      expect((await answer(later, "approve", cookie)).statusCode).toBe(401);
    });

    // A page of somebody else's must not answer in the person's name, nor sign them in as somebody.
    test("takes no answer without the CSRF token and no log-in from another site", async () => {
      const { device_code: deviceCode, user_code: userCode } = await start();
      const { cookie = "" } = await hub.logInByCookie("ada");

      const forged = await answer(userCode, "approve", { cookie });
      const form = { username: "ada", password: PASSWORD };
      const foreign = await Promise.all(
        [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, { origin: "null" }].map(
          (headers) =>
            hub.call({
              method: "POST",
              url: "/device/sign-in",
              headers: headers as Record<string, string>,
              form,
            }),
        ),
      );

      expect(forged.statusCode).toBe(403);
      expect((await poll(deviceCode)).body.error).toBe("authorization_pending");
      expect(foreign.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403]);
    });

    test("has a brake on passwords and on codes", async () => {
      const form = { username: "ada", password: "wrong" };
      const statuses: number[] = [];
      const cookie = await hub.logInByCookie("ada");
      for (let count = 0; count < 11; count += 1) {
        statuses.push((await hub.call({ method: "POST", url: "/device/sign-in", form })).statusCode);
      }
      const codes: number[] = [];
      for (let count = 0; count < 11; count += 1) {
        codes.push((await hub.call({ url: "/device?user_code=BBBB-BBBB", headers: cookie })).statusCode);
      }

      expect(statuses).toEqual([...Array(10).fill(401), 429]);
      expect(codes).toEqual([...Array(10).fill(404), 429]);
    });
  });
});
