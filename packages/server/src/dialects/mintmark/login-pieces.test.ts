import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

describe("the ready-made pieces of an app token", () => {
  let hub: Harness;
  let bearer: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada");
    await hub.addUser("bob");
    bearer = await hub.logIn("ada");
  });

  afterAll(() => hub.close());

  const ask = (json: unknown, as = bearer) =>
    hub.call({ method: "POST", url: "/api/mintmark/v1/registry/login-pieces", json, bearer: as });

  test("are what Quay's dialog shows, for the registry that is named", async () => {
    const { secret } = await hub.issue("ada", "app_token", { title: "My Laptop" });

    const reply = await ask({ secret, registry: "registry.test:5000", namespace: "team" });

    expect(reply.statusCode).toBe(200);
    expect(reply.headers["cache-control"]).toBe("no-store");
    const { commands, dockerConfig, kubernetes } = reply.json();
    expect(commands.podman).toBe(
      `printf %s '${secret}' | podman login --username '$app' --password-stdin registry.test:5000`,
    );
    expect(Object.keys(JSON.parse(dockerConfig.text).auths)).toEqual(["registry.test:5000/team"]);
    expect(kubernetes.name).toBe("my-laptop-pull-secret");
  });

  test("are for the first registry that trusts the hub, and name the others", async () => {
    const other = await createHarness({ policy: { registryHosts: ["registry.test:5000", "mirror.test"] } });
    try {
      await other.addUser("ada");
      const { secret } = await other.issue("ada", "app_token");
      const reply = await other.call({
        method: "POST",
        url: "/api/mintmark/v1/registry/login-pieces",
        bearer: await other.logIn("ada"),
        json: { secret },
      });
      expect(reply.json()).toMatchObject({
        registry: "registry.test:5000",
        registryHosts: ["registry.test:5000", "mirror.test"],
        commands: { skopeo: expect.stringContaining(" registry.test:5000") },
      });
      expect(
        (
          await other.call({
            url: "/api/mintmark/v1/endpoints",
            bearer: await other.logIn("ada"),
          })
        ).json(),
      ).toMatchObject({ registryHost: "registry.test:5000" });
    } finally {
      await other.close();
    }
    const { secret } = await hub.issue("ada", "app_token");
    expect((await ask({ secret })).json()).toMatchObject({ registry: "hub.test", registryHosts: [] });
  });

  test("are made for an active app token of one's own, and for nothing else", async () => {
    const theirs = await hub.issue("bob", "app_token");
    const other = await hub.issue("ada", "hub_token");

    for (const secret of [theirs.secret, other.secret, "nonsense"]) {
      expect((await ask({ secret })).statusCode).toBe(404);
    }
    const { secret } = await hub.issue("ada", "app_token");
    expect((await ask({ secret, registry: "not a host; rm -rf" })).statusCode).toBe(400);
  });
});
