import { afterAll, beforeAll, describe } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { testOriginalRows } from "../../testing/original-test.ts";

/** What Keycloak 26.5.6 was asked, what it answered, and what the hub answers. */
describe("a realm", () => {
  let hub: Harness;
  const words: Record<string, string> = {};

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada", { email: "ada@example.com" });
    const caller = anonymousCaller({ address: null, agent: null });
    await hub.hub.clients.create({ clientId: "other", name: "other", type: "public" }, caller);
    const { secret } = await hub.hub.clients.create(
      { clientId: "conf", name: "conf", type: "confidential", scopes: ["hub:introspect:use"] },
      { ...caller, proof: { by: "password", freshAt: hub.clock.now() } },
    );
    words["secret"] = secret?.reveal() ?? "";
    words["conf"] = Buffer.from(`conf:${words["secret"]}`).toString("base64");
    words["public"] = Buffer.from("cloud-services:").toString("base64");
    for (const name of ["offline", "spare", "spare2", "spare3", "revoked"]) {
      words[name] = (await hub.issue("ada", "offline_token")).secret;
    }
    await hub.call({ method: "POST", url: "/oauth/revoke", form: { token: words["revoked"] ?? "" } });
    words["bearer"] = await exchange();
    words["openid"] = await exchange("openid");
  });
  afterAll(() => hub.close());

  async function exchange(scope?: string): Promise<string> {
    const form = { grant_type: "refresh_token", client_id: "cloud-services" };
    const reply = await hub.call({
      method: "POST",
      url: "/auth/realms/redhat-external/protocol/openid-connect/token",
      form: { ...form, refresh_token: words["offline"] ?? "", ...(scope === undefined ? {} : { scope }) },
    });
    return reply.json<{ access_token: string }>().access_token;
  }

  testOriginalRows("keycloak", () => ({ hub, words }));
});
