import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";
import { anonymousCaller } from "../caller.ts";

const DAY_MS = 86_400_000;

describe.for(STORES)("warnings on %s", (name) => {
  let store: StoreChoice;
  let nodes: Harness[];

  beforeEach(async () => {
    store = await chooseStore(name);
    const first = await createHarness({ openStore: store.openStore });
    // SQLite has one server; its second node is the same one.
    const second = store.openStore
      ? await createHarness({ openStore: store.openStore, clock: first.clock })
      : first;
    nodes = [first, second];
  });

  afterEach(async () => {
    await Promise.all([...new Set(nodes)].map((node) => node.close()));
    await store.remove();
  });

  const hub = () => nodes[0] as Harness;

  async function warnings(id: string): Promise<readonly string[]> {
    const events = await hub().context.store.read.audit.after(0, 10_000);
    return events
      .filter(({ action, credentialId }) => credentialId === id && /\.(expiring|idle)$/.test(action))
      .map(
        ({ action, at, details }) =>
          `${action} ${details.threshold} day ${Math.round((at - start) / DAY_MS)}`,
      );
  }

  let start: number;

  // The acceptance of warnings: each exactly once, through restarts and changes of node.
  test("over sixty days, two nodes and restarts each threshold is warned of exactly once", async () => {
    start = hub().clock.now();
    await hub().addUser("ada");
    const fixed = await hub().issue("ada", "personal_token", { expiresAt: start + 60 * DAY_MS });
    const week = await hub().issue("ada", "personal_token", { expiresAt: start + 7 * DAY_MS });
    const idle = await hub().issue("ada", "offline_token");
    const used = await hub().issue("ada", "offline_token");
    const credential = await hub().hub.credentials.find(used.id);
    for (let day = 1; day <= 60; day += 1) {
      hub().clock.advance({ days: 1 });
      if (credential && day % 10 === 0) {
        hub().hub.uses.record(credential, { address: null, agent: null });
      }
      if (day % 13 === 0) {
        for (const node of new Set(nodes)) {
          await node.restart();
        }
      }
      await Promise.all(nodes.map((node) => node.hub.jobs.run("warn-of-ends")));
      await Promise.all(nodes.map((node) => node.hub.jobs.run("warn-of-ends")));
      await hub().hub.jobs.run("expire-credentials");
    }

    expect(await warnings(fixed.id)).toEqual([
      "credential.expiring 30d day 30",
      "credential.expiring 7d day 53",
      "credential.expiring 1d day 59",
    ]);
    expect(await warnings(week.id)).toEqual(["credential.expiring 1d day 6"]);
    expect(await warnings(idle.id)).toEqual([
      "credential.idle 50% day 15",
      "credential.idle 75% day 23",
      "credential.idle 90% day 27",
    ]);
    expect(await warnings(used.id)).toEqual([]);
  });

  test("many that end at the same moment are all warned of, page by page", async () => {
    start = hub().clock.now();
    await hub().addUser("ada");
    const made: string[] = [];
    for (let count = 0; count < 520; count += 1) {
      made.push((await hub().issue("ada", "personal_token", { expiresAt: start + 60 * DAY_MS })).id);
    }
    hub().clock.advance({ days: 31 });
    const run = await hub().hub.jobs.run("warn-of-ends");

    expect(run).toMatchObject({ outcome: "finished", done: made.length });
    expect(await hub().hub.jobs.run("warn-of-ends")).toMatchObject({ done: 0 });
  });

  test("a keep-alive moves the deadline, three times without a use and not a fourth time", async () => {
    start = hub().clock.now();
    await hub().addUser("ada");
    const { id } = await hub().issue("ada", "offline_token");
    const touch = async () => {
      const bearer = await hub().logIn("ada");
      return hub().call({ method: "POST", url: `/api/mintmark/v1/credentials/${id}/touch`, bearer });
    };
    for (const day of [15, 23, 27]) {
      hub().clock.advance({ ms: start + day * DAY_MS - hub().clock.now() });
      await hub().hub.jobs.run("warn-of-ends");
    }
    expect(await warnings(id)).toHaveLength(3);

    const first = await touch();
    expect(first.statusCode).toBe(200);
    expect(first.json()).toMatchObject({
      idleExpiresAt: new Date(start + 57 * DAY_MS).toISOString(),
      lastUsedAt: null,
    });
    hub().clock.advance({ days: 15 });
    await hub().hub.jobs.run("warn-of-ends");
    expect(await warnings(id)).toHaveLength(4);
    expect([(await touch()).statusCode, (await touch()).statusCode]).toEqual([200, 200]);
    const fourth = await touch();
    expect([fourth.statusCode, fourth.json()]).toMatchObject([409, { code: "touch_limit" }]);

    const credential = await hub().hub.credentials.find(id);
    hub().clock.advance({ seconds: 1 });
    if (credential) {
      hub().hub.uses.record(credential, { address: null, agent: null });
    }
    hub().clock.advance({ seconds: 1 });
    expect((await touch()).statusCode).toBe(200);
  });

  test("only the owner keeps a credential alive, and only one that ends by disuse and lives", async () => {
    await hub().addUser("ada");
    await hub().addUser("bob");
    await hub().addUser("root", { role: "admin" });
    const idle = await hub().issue("ada", "offline_token");
    const fixed = await hub().issue("ada", "hub_token");
    const touch = async (user: string, id: string) => {
      const bearer = await hub().logIn(user);
      const answer = await hub().call({
        method: "POST",
        url: `/api/mintmark/v1/credentials/${id}/touch`,
        bearer,
      });
      return [answer.statusCode, (answer.json() as { code?: string }).code];
    };

    expect(await touch("bob", idle.id)).toEqual([404, "not_found"]);
    expect(await touch("root", idle.id)).toEqual([404, "not_found"]);
    expect(await touch("ada", fixed.id)).toEqual([409, "no_idle_life"]);
    const credential = await hub().hub.credentials.find(idle.id);
    if (credential) {
      await hub().hub.revocations.revoke(credential, anonymousCaller({ address: null, agent: null }), null);
    }
    expect(await touch("ada", idle.id)).toEqual([409, "credential_ended"]);

    hub().changePolicy({ touch: "forbid" });
    await hub().restart();
    expect(await touch("ada", (await hub().issue("ada", "offline_token")).id)).toEqual([403, "forbidden"]);
  });
});
