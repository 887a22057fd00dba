import { afterEach, beforeEach, expect, it } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { publishCollection } from "../../testing/publish-collection.ts";
import { replay } from "../../testing/replay.ts";

/**
 * Requests of clients that cannot be installed from a registry of packages, recorded by a proxy between them
 * and a hub (`ansible.hub` 1.0.0, galaxykit 0.14.0), or written down from its source (pulp_ansible 0.20, as a
 * private automation hub synchronises with it).
 */
let hub: Harness;
let words: Record<string, string>;

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url);

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["collection:acme.*:upload,download,delete"] });
  await publishCollection(hub, "ada", { name: "base", version: "1.0.0" });
  words = {
    token: (await hub.issue("ada", "hub_token")).secret,
    basic: Buffer.from(`ada:${PASSWORD}`).toString("base64"),
    offline: (await hub.issue("ada", "offline_token")).secret,
  };
});
afterEach(() => hub.close());

it("the modules of ansible.hub make and revoke a token, publish, approve and delete", async () => {
  const replies = await replay(hub, fixture("ansible-hub-1.0.0.json"), words);
  const made = replies.find(({ statusCode, body }) => statusCode === 200 && body.includes('"token":"mmh_'));
  expect(made).toBeDefined();
});

it("galaxykit lists, finds, uploads and deletes", async () => {
  const replies = await replay(hub, fixture("galaxykit-0.14.0.json"), words);
  expect(replies[0]?.json()).toMatchObject({ meta: { count: 1 } });
});

it("a private automation hub synchronises from this one", async () => {
  const replies = await replay(hub, fixture("pulp-ansible-0.20-sync.json"), words);
  expect(replies.at(-1)?.rawPayload.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
});
