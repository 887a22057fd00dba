import { afterAll, beforeAll, describe } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { testOriginalRows } from "../../testing/original-test.ts";

/** What Quay's token service was asked, what it answered, and what the hub answers. */
describe("the token service", () => {
  let hub: Harness;
  const words: Record<string, string> = {};
  const AUTH = "/v2/auth?service=mintmark-registry";
  const pair = (user: string, secret: string) => Buffer.from(`${user}:${secret}`).toString("base64");

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada");
    const { secret } = await hub.issue("ada", "app_token");
    const revoked = (await hub.issue("ada", "app_token")).secret;
    await hub.call({ method: "POST", url: "/oauth/revoke", form: { token: revoked } });
    words["secret"] = secret;
    words["app"] = pair("$app", secret);
    words["userApp"] = pair("ada", secret);
    words["revoked"] = pair("$app", revoked);
    words["repositoryToken"] = pair("$token", secret);
    words["oauth"] = pair("$oauthtoken", (await hub.issue("ada", "personal_token")).secret);
    words["password"] = pair("ada", PASSWORD);
    words["empty"] = pair("$app", "");
    const reply = await hub.call({
      url: `${AUTH}&offline_token=true`,
      headers: { authorization: `Basic ${words["app"]}` },
    });
    const { token, refresh_token: kept } = reply.json<{ token: string; refresh_token: string }>();
    words["registry"] = token;
    words["kept"] = pair("<token>", kept);
    words["keptApp"] = pair("$app", kept);
  });
  afterAll(() => hub.close());

  testOriginalRows("docker-registry", () => ({ hub, words }));
});
