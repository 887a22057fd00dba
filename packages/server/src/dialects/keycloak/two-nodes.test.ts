import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TIMED } from "../../testing/cost.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, type StoreChoice } from "../../testing/stores.ts";

const PROTOCOL = "/auth/realms/redhat-external/protocol/openid-connect";

describe("two nodes on one PostgreSQL", () => {
  let store: StoreChoice;
  let here: Harness;
  let there: Harness;

  beforeAll(async () => {
    store = await chooseStore("PostgreSQL");
    here = await createHarness({ openStore: store.openStore });
    there = await createHarness({ openStore: store.openStore });
    await here.addUser("ada");
  }, 60_000);

  afterAll(async () => {
    await here?.close();
    await there?.close();
    await store?.remove();
  });

  function advance(by: { days?: number; minutes?: number }): void {
    here.clock.advance(by);
    there.clock.advance(by);
  }

  function ask(node: Harness, form: Record<string, string>) {
    return node.call({
      method: "POST",
      url: `${PROTOCOL}/token`,
      form: { client_id: "cloud-services", ...form },
    });
  }

  const refresh = (node: Harness, secret: string) =>
    ask(node, { grant_type: "refresh_token", refresh_token: secret });

  /** A revocation reaches the other node within its bound. */
  async function untilRefused(node: Harness, secret: string): Promise<number> {
    const began = performance.now();
    while ((await refresh(node, secret)).statusCode === 200 && performance.now() - began < 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - began;
  }

  test("an exchange on the one keeps an offline token alive on the other", async () => {
    const { secret } = await here.issue("ada", "offline_token");
    expect((await refresh(there, secret)).statusCode).toBe(200);
    advance({ days: 20 });
    expect((await refresh(here, secret)).statusCode).toBe(200);
    await here.context.usage.flush();

    advance({ days: 25 });

    expect((await refresh(there, secret)).statusCode).toBe(200);
  });

  test("a bearer of the one is good at the other, until the token is revoked at either", TIMED, async () => {
    const { secret } = await here.issue("ada", "offline_token");
    const { access_token: bearer } = (await refresh(here, secret)).json();
    const list = () => there.call({ url: "/api/galaxy/v3/collections/", bearer });
    expect((await list()).statusCode).toBe(200);

    await here.call({ method: "POST", url: "/oauth/revoke", form: { token: secret } });

    expect(await untilRefused(there, secret)).toBeLessThan(1_500);
    expect((await list()).statusCode).toBe(401);
  });

  test("a device that asked the one is approved on the other", async () => {
    const form = { client_id: "cloud-services" };
    const started = (await here.call({ method: "POST", url: `${PROTOCOL}/auth/device`, form })).json();
    const headers = await there.logInByCookie("ada");
    const answer = { user_code: started.user_code, answer: "approve" };
    await there.call({ method: "POST", url: "/device/answer", headers, form: answer });

    const grant = "urn:ietf:params:oauth:grant-type:device_code";
    const outcomes = await Promise.all(
      [here, there, here, there].map((node) =>
        ask(node, { grant_type: grant, device_code: started.device_code }),
      ),
    );

    expect(outcomes.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400, 400, 400]);
  });
});
