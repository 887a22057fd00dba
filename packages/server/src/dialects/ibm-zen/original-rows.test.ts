import { afterAll, beforeAll, describe } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { testOriginalRows } from "../../testing/original-test.ts";

/** What IBM's pages and SDKs send to the platform, what they read of its answer, and what the hub answers. */
describe("the platform", () => {
  let hub: Harness;
  const words: Record<string, string> = { password: PASSWORD };
  const encode = (text: string) => Buffer.from(text).toString("base64");

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada", { grants: ["instance:*:use"] });
    await hub.addUser("ben");
    await hub.addUser("root", { role: "admin" });
    const bearer = await hub.logIn("root");
    for (const [id, displayName] of [
      ["sales", "Sales"],
      ["one", "Twin"],
      ["two", "Twin"],
    ]) {
      const json = { id, displayName };
      await hub.call({ method: "POST", url: "/api/mintmark/v1/instances", bearer, json });
    }
    const key = (await hub.issue("ada", "platform_key")).secret;
    words["key"] = key;
    words["zen"] = encode(`ada:${key}`);
    words["zenNewline"] = encode(`ada:${key}\n`);
    words["pair"] = encode(`ada:${key}`);
    words["basic"] = encode(`ada:${PASSWORD}`);
    words["bearer"] = await bearerOf("ada");
    words["other"] = await bearerOf("ben");
  });
  afterAll(() => hub.close());

  async function bearerOf(username: string): Promise<string> {
    const json = { username, password: PASSWORD };
    const reply = await hub.call({ method: "POST", url: "/icp4d-api/v1/authorize", json });
    return reply.json<{ token: string }>().token;
  }

  testOriginalRows("ibm-zen", () => ({ hub, words }));
});
