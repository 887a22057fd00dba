import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

/** Requests that Quay and a registry answer around the token service, with what they answer. */
let harness: Harness;

const AUTH = "/v2/auth";

beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

describe("a registry token", () => {
  it("gives docker no token to keep where the operator says so", async () => {
    harness.changePolicy({ registryIdentityTokens: "off" });
    await harness.restart();
    await harness.addUser("eve");
    const { secret } = await harness.issue("eve", "app_token");
    const pair = Buffer.from(`$app:${secret}`).toString("base64");
    const url = `${AUTH}?service=mintmark-registry&offline_token=true`;
    const reply = await harness.call({ url, headers: { authorization: `Basic ${pair}` } });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).not.toHaveProperty("refresh_token");
  });

  // `podman login` and `skopeo login` at the hub itself begin with this.
  it("opens the version check, which leads strangers to the token service", async () => {
    const stranger = await harness.call({ url: "/v2/" });
    expect(stranger.statusCode).toBe(401);
    expect(stranger.headers["www-authenticate"]).toBe(
      'Bearer realm="http://hub.test/v2/auth",service="mintmark-registry"',
    );
    const asked = await harness.call({ url: `${AUTH}?service=mintmark-registry` });
    const { token } = asked.json<{ token: string }>();
    const known = await harness.call({ url: "/v2/", bearer: token });
    expect([known.statusCode, known.json()]).toEqual([200, {}]);
    for (const bearer of ["nonsense", `${token}x`]) {
      expect((await harness.call({ url: "/v2/", bearer })).statusCode).toBe(401);
    }
  });

  it("is given to the user $oauthtoken with a personal token", async () => {
    await harness.addUser("olaf");
    const { secret } = await harness.issue("olaf", "personal_token");
    const ask = (user: string, password: string) =>
      harness.call({
        url: `${AUTH}?service=mintmark-registry`,
        headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
      });
    expect((await ask("$oauthtoken", secret)).statusCode).toBe(200);
    expect((await ask("olaf", secret)).statusCode).toBe(200);
    expect((await ask("$app", secret)).statusCode).toBe(401);
    const { secret: appToken } = await harness.issue("olaf", "app_token");
    expect((await ask("$oauthtoken", appToken)).statusCode).toBe(401);
  });
});
