import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Authority } from "../../core/authority/authority.ts";
import { EVERYTHING } from "../../core/authority/scope.ts";
import { anonymousCaller } from "../../core/caller.ts";
import { buildCollection } from "../../testing/collection-tarball.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

const BASE = "/api/mintmark/v1";

describe("looking around in our own API", () => {
  let hub: Harness;
  let ada: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada", { grants: ["collection:acme.*:upload"] });
    ada = await hub.logIn("ada");
    await hub.addUser("root", { role: "admin" });
    const account = await hub.hub.accounts.get("root");
    const publisher = {
      ...anonymousCaller({ address: null, agent: null }),
      account,
      authority: new Authority([[EVERYTHING]]),
      proof: { by: "password", freshAt: hub.clock.now() } as const,
    };
    for (const [name, version] of [
      ["base", "1.0.0"],
      ["tools", "1.0.0"],
      ["tools", "1.1.0"],
    ] as const) {
      const { filename, bytes } = await buildCollection({ name, version });
      const { publications } = hub.hub;
      const staged = await publications.artifacts.receive(Readable.from([bytes]), { bytesMax: 1e6 });
      await publications.publish(filename, staged, publisher);
    }
  });

  afterAll(() => hub.close());

  const get = (path: string, bearer = ada) => hub.call({ url: `${BASE}${path}`, bearer });

  test("collections come page by page, by name", async () => {
    const first = (await get("/collections?limit=1")).json();
    const second = (await get(`/collections?limit=1&cursor=${first.nextCursor}`)).json();

    expect(first).toMatchObject({ count: 2, collections: [{ namespace: "acme", name: "base" }] });
    expect(second).toMatchObject({ nextCursor: null, collections: [{ highestVersion: "1.1.0" }] });
  });

  test("a collection shows its versions, the highest first", async () => {
    const { collection, versions } = (await get("/collections/acme/tools")).json();

    expect(collection.highestVersion).toBe("1.1.0");
    expect(versions.map((one: { version: string }) => one.version)).toEqual(["1.1.0", "1.0.0"]);
    expect((await get("/collections/acme/nothing")).statusCode).toBe(404);
  });

  test("the addresses of the systems and the lifetimes in force are told to everybody who is signed in", async () => {
    expect((await get("/endpoints")).json()).toMatchObject({
      publicUrl: "http://hub.test",
      tokenUrl: "http://hub.test/auth/realms/redhat-external/protocol/openid-connect/token",
      galaxyUrl: "http://hub.test/api/galaxy/",
      settings: { offlineIdle: "30d", appTokenReveal: "once", apiKeyExpiration: "never" },
    });
    expect((await hub.call({ url: `${BASE}/endpoints` })).statusCode).toBe(401);
  });
});

test("an app token is read again by its owner, and only where the operator lets it", async () => {
  const hub = await createHarness({ policy: { appTokenReveal: "always" } });
  for (const name of ["ada", "bob"]) await hub.addUser(name);
  const { id, secret } = await hub.issue("ada", "app_token");
  const bearers = { ada: await hub.logIn("ada"), bob: await hub.logIn("bob") };
  const reveal = (bearer: string) =>
    hub.call({ method: "POST", url: `${BASE}/credentials/${id}/reveal`, bearer });

  expect((await reveal(bearers.ada)).json()).toEqual({ secret });
  expect((await reveal(bearers.bob)).statusCode).toBe(404);
  hub.clock.advance({ minutes: 11 });
  expect((await reveal(bearers.ada)).json().code).toBe("fresh_login_required");

  hub.changePolicy({ appTokenReveal: "once" });
  await hub.restart();
  expect((await reveal(await hub.logIn("ada"))).statusCode).toBe(404);
  await hub.close();
});
