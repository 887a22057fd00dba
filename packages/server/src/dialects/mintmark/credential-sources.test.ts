import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
let ada: string;

beforeEach(async () => {
  hub = await createHarness({ trustedProxies: ["127.0.0.1"] });
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
  ada = await hub.logIn("ada");
});

afterEach(() => hub.close());

const verify = (secret: string, from: string, agent = "curl/8") =>
  hub.call({ url: "/verify", bearer: secret, headers: { "x-forwarded-for": from, "user-agent": agent } });
const read = async (id: string, what: "sources" | "rotation") =>
  (await hub.call({ url: `${API}/credentials/${id}/${what}`, bearer: ada })).json();

test("the sources of a credential name address, program and part of the hub, the last used first", async () => {
  const { secret, id } = await hub.issue("ada", "personal_token");
  await verify(secret, "192.0.2.1");
  await verify(secret, "192.0.2.1");
  hub.clock.advance({ seconds: 1 });
  await verify(secret, "192.0.2.2", "podman/5");
  await hub.call({
    url: "/api/galaxy/_ui/v1/me/",
    headers: { authorization: `Token ${secret}`, "x-forwarded-for": "192.0.2.1", "user-agent": "curl/8" },
  });
  const { sources, more } = await read(id, "sources");
  const rows = sources.map(({ address, agent, door, uses }: Record<string, unknown>) => [
    address,
    agent,
    door,
    uses,
  ]);
  expect(more).toBe(0);
  expect(rows.sort()).toEqual([
    ["192.0.2.1", "curl/8", "galaxy", 1],
    ["192.0.2.1", "curl/8", "gateway", 2],
    ["192.0.2.2", "podman/5", "gateway", 1],
  ]);
  expect(sources.at(-1)).toMatchObject({ uses: 2, lastUsedAt: "2025-01-08T12:00:00.000Z" });
});

test("at most fifty are kept, and the others are counted", async () => {
  const { secret, id } = await hub.issue("ada", "personal_token");
  for (let host = 0; host < 70; host += 1) {
    hub.clock.advance({ seconds: 1 });
    await verify(secret, `192.0.2.${host}`);
    if (host % 20 === 0) {
      await read(id, "sources");
    }
  }
  const { sources, more } = await read(id, "sources");
  expect([sources.length, sources[0].address, more]).toEqual([50, "192.0.2.69", 20]);
});

test("the view of a rotation names who still uses the old secret", async () => {
  const old = await hub.issue("ada", "personal_token");
  expect((await hub.call({ url: `${API}/credentials/${old.id}/rotation`, bearer: ada })).statusCode).toBe(
    404,
  );
  const rotated = await hub.call({
    method: "POST",
    url: `${API}/credentials/${old.id}/rotate`,
    bearer: ada,
    json: { old: { mode: "quiet", for: "2h" } },
  });
  const { secret, credential } = rotated.json();
  hub.clock.advance({ seconds: 1 });
  for (const host of [1, 2, 3, 4]) {
    await verify(old.secret, `192.0.2.${host}`);
  }
  hub.clock.advance({ seconds: 1 });
  await verify(secret, "192.0.2.1");
  await hub.hub.firstUses.settle();
  hub.clock.advance({ seconds: 1 });
  await verify(old.secret, "192.0.2.3");

  const found = await read(credential.id, "rotation");
  expect([found.predecessor.id, found.successor.id]).toEqual([old.id, credential.id]);
  expect(found.stillOnTheOld.map(({ address }: { address: string }) => address)).toEqual(["192.0.2.3"]);
});

describe("introspection by a service", () => {
  let service: { id: string; secret: string };

  const addClient = async (clientId: string, trustedForAddresses: boolean) => {
    const reply = await hub.call({
      method: "POST",
      url: `${API}/oauth/clients`,
      bearer: await hub.logIn("root"),
      json: {
        clientId,
        name: clientId,
        type: "confidential",
        scopes: ["hub:introspect:use"],
        trustedForAddresses,
      },
    });
    return { id: clientId, secret: reply.json().clientSecret as string };
  };
  const introspect = async (token: string, more: Record<string, string> = {}) =>
    (
      await hub.call({
        method: "POST",
        url: "/oauth/introspect",
        form: { token, client_id: service.id, client_secret: service.secret, ...more },
        headers: { "x-forwarded-for": "203.0.113.9" },
      })
    ).json();
  const lock = (id: string) =>
    hub.call({
      method: "PATCH",
      url: `${API}/credentials/${id}`,
      bearer: ada,
      json: { addresses: ["192.0.2.0/24"] },
    });

  test("that is trusted for addresses checks the list, and is named by the address it gives", async () => {
    service = await addClient("trusted", true);
    const { secret, id } = await hub.issue("ada", "personal_token");
    await lock(id);
    expect(await introspect(secret, { client_address: "198.51.100.1" })).toEqual({ active: false });
    const good = await introspect(secret, { client_address: "192.0.2.1" });
    expect(good.active).toBe(true);
    expect(good).not.toHaveProperty("addresses_checked");
    expect((await introspect(secret)).addresses_checked).toBe(false);
    const { sources } = await read(id, "sources");
    expect(sources.map(({ address, door }: Record<string, string>) => `${door} ${address}`).sort()).toEqual([
      "introspection 192.0.2.1",
      "introspection 203.0.113.9",
    ]);
  });

  // A bearer must not lead around the list of the credential that it was made from.
  test("that is trusted checks the list of the credential behind a bearer, too", async () => {
    service = await addClient("trusted", true);
    const { secret, id } = await hub.issue("ada", "offline_token");
    const exchanged = await hub.call({
      method: "POST",
      url: "/auth/realms/redhat-external/protocol/openid-connect/token",
      form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
    });
    const bearer = exchanged.json().access_token;
    await lock(id);

    expect(await introspect(bearer, { client_address: "198.51.100.1" })).toEqual({ active: false });
    expect((await introspect(bearer, { client_address: "192.0.2.1" })).active).toBe(true);
    expect((await introspect(bearer)).addresses_checked).toBe(false);
  });

  test("that is not trusted cannot vouch for an address", async () => {
    service = await addClient("plain", false);
    const { secret, id } = await hub.issue("ada", "personal_token");
    await lock(id);
    expect(await introspect(secret, { client_address: "192.0.2.1" })).toMatchObject({
      active: true,
      addresses_checked: false,
    });
    const free = await hub.issue("ada", "personal_token");
    expect(await introspect(free.secret)).not.toHaveProperty("addresses_checked");
  });

  test("is a first use, unless it only peeks", async () => {
    const asker = await hub.issue("root", "personal_token", { scopes: ["hub:introspect:use"] });
    const old = await hub.issue("ada", "personal_token");
    const rotated = await hub.call({
      method: "POST",
      url: `${API}/credentials/${old.id}/rotate`,
      bearer: ada,
      json: {},
    });
    const ask = async (json: object) => {
      const reply = await hub.call({
        method: "POST",
        url: `${API}/introspection`,
        bearer: asker.secret,
        json,
      });
      await hub.hub.firstUses.settle();
      return reply.json().verdicts[0].active;
    };
    const { secret } = rotated.json();
    expect(await ask({ secrets: [secret], peek: true })).toBe(true);
    expect(await ask({ secrets: [old.secret], peek: true })).toBe(true);
    expect(await ask({ secrets: [secret] })).toBe(true);
    expect(await ask({ secrets: [old.secret], peek: true })).toBe(false);
  });
});

describe("the audit names a true secret that is shown in vain", () => {
  const events = async (action: string) =>
    (await hub.context.store.read.audit.list({ action, limit: 9 })).map((event) => [
      event.credentialId,
      event.address,
      event.details.reason,
    ]);
  /** What is noted in the background has been written once a later write is. */
  const settle = () => hub.addUser("settled");

  test("from an address that is not allowed, once for each address", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    await hub.call({
      method: "PATCH",
      url: `${API}/credentials/${id}`,
      bearer: ada,
      json: { addresses: ["192.0.2.0/24"] },
    });
    await verify(secret, "198.51.100.1");
    await verify(secret, "198.51.100.1");
    await settle();
    expect(await events("credential.refuse")).toEqual([[id, "198.51.100.1", "address"]]);
  });

  test("after it was rotated", async () => {
    const { secret, id } = await hub.issue("ada", "personal_token");
    await hub.call({
      method: "POST",
      url: `${API}/credentials/${id}/rotate`,
      bearer: ada,
      json: { old: { mode: "now" } },
    });
    await verify(secret, "198.51.100.1");
    await settle();
    expect(await events("credential.reuse")).toEqual([[id, "198.51.100.1", "rotated"]]);
  });
});
