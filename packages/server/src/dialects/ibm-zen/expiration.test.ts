import { describe, expect, test } from "vitest";
import { createHarness } from "../../testing/harness.ts";
import { basic, KEY, WHO, zenApiKey } from "../../testing/zen-hub.ts";

describe("the option for the life of keys", () => {
  test("counts from the making, also for keys that exist, and says how many it would end", async () => {
    const hub = await createHarness();
    try {
      await hub.addUser("old", { grants: ["instance:sales:use"] });
      await hub.addUser("young");
      await hub.addUser("root", { role: "admin" });
      const root = await hub.logIn("root");
      const json = { id: "sales", displayName: "Sales" };
      await hub.call({ method: "POST", url: "/api/mintmark/v1/instances", bearer: root, json });
      const old = await hub.issue("old", "platform_key");
      const oldInstance = await hub.issue("old", "instance_key", { instance: "sales" });
      hub.clock.advance({ days: 60 });
      const young = await hub.issue("young", "platform_key");
      const { credentials } = hub.context.store.read;
      const life = 45 * 86_400_000;
      const kinds = ["platform_key", "instance_key"] as const;
      expect(await credentials.countOlderThan(kinds, life, hub.clock.now())).toBe(2);

      hub.changePolicy({ apiKeyExpirationMs: life });
      await hub.restart();

      expect((await hub.call({ url: WHO, headers: zenApiKey("old", old.secret) })).statusCode).toBe(401);
      const url = "/zen-data/v3/service_instances/sales/token";
      expect((await hub.call({ url, headers: basic("old", oldInstance.secret) })).statusCode).toBe(401);
      const headers = zenApiKey("young", young.secret);
      const replaced = await hub.call({ method: "POST", url: KEY, headers });
      expect(replaced.json().expire_at).toBe(new Date(hub.clock.now() + life).toISOString());
      const made = await hub.call({ method: "POST", url: KEY, bearer: await hub.logIn("old") });
      expect(made.json().expire_at).toBe(new Date(hub.clock.now() + life).toISOString());
    } finally {
      await hub.close();
    }
  });

  test("that is stricter also bounds a key that chose its own end", async () => {
    const hub = await createHarness();
    try {
      await hub.addUser("ada");
      const expiresAt = hub.clock.now() + 365 * 86_400_000;
      const { id } = await hub.issue("ada", "platform_key", { expiresAt });
      hub.changePolicy({ apiKeyExpirationMs: 86_400_000 });
      await hub.restart();

      const stored = await hub.hub.credentials.find(id);
      expect(stored?.expiresAt).toBe((stored?.createdAt ?? 0) + 86_400_000);
    } finally {
      await hub.close();
    }
  });
});
