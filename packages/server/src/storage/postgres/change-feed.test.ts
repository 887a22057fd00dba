import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Change, Store } from "../../core/store.ts";
import { TIMED } from "../../testing/cost.ts";
import { Listeners } from "../../testing/listeners.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { TRUST_MS } from "./change-feed.ts";
import { readChanges, writeChanges } from "./change-words.ts";
import { openPostgresStore } from "./open.ts";

const clock = { now: () => Date.now() };
const ignore = () => undefined;
let server: TestPostgres;
let opened: Store[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  opened = [];
});

afterAll(() => server.remove());

async function openTwo(): Promise<{ here: Store; there: Store; url: string }> {
  const url = await server.createDatabase();
  const here = await openPostgresStore(url, clock, ignore);
  const there = await openPostgresStore(url, clock, ignore);
  opened = [here, there];
  await until(() => here.hearsChanges() && there.hearsChanges());
  return { here, there, url };
}

async function until(claim: () => boolean, withinMs = 5_000): Promise<number> {
  const began = performance.now();
  while (!claim()) {
    if (performance.now() - began > withinMs) {
      throw new Error("it did not come true in time");
    }
    await delay(5);
  }
  return performance.now() - began;
}

test("what one node changes the other hears, and nothing of what was undone", async () => {
  const { here, there } = await openTwo();
  const heard: Change[] = [];
  there.onChange((change) => heard.push(change));
  await here
    .write(async (writes) => {
      writes.announce({ of: "credential", id: "undone" });
      await Promise.reject(new Error("no"));
    })
    .catch(ignore);
  await here.write(async (writes) => writes.announce({ of: "credential", id: "done" }));

  await until(() => heard.length > 0);
  expect(heard).toEqual([{ of: "credential", id: "done" }]);
});

test("a change with more words than a payload holds arrives whole, or as 'everything'", () => {
  const changes = (count: number): Change[] =>
    Array.from({ length: count }, (_, at) => ({
      of: "credential",
      id: `01a21034-b22e-744c-aba7-${String(at).padStart(12, "0")}`,
    }));
  const messages = writeChanges(changes(500));
  expect(messages.every((message) => Buffer.byteLength(message) < 8000)).toBe(true);
  expect(messages.flatMap(readChanges)).toEqual(changes(500));
  expect(writeChanges(changes(10_000))).toEqual(["*"]);
  expect(readChanges("xnewer")).toEqual([{ of: "everything" }]);
  const each: Change[] = [
    { of: "owner", accountId: "1" },
    { of: "account", accountId: "2" },
    { of: "client", clientId: "a.b_c-d" },
    { of: "grants" },
    { of: "keys" },
  ];
  expect(writeChanges(each).flatMap(readChanges)).toEqual(each);
});

test(
  "a node whose listening connection was cut trusts nothing until it listens again, and then forgets everything",
  TIMED,
  async () => {
    const { there, url } = await openTwo();
    const heard: Change[] = [];
    there.onChange((change) => heard.push(change));
    await new Listeners(url).cut();

    await until(() => !there.hearsChanges());
    const ageMs = there.vitals.knowledgeAgeMs();
    await until(() => there.hearsChanges());
    expect(heard).toContainEqual({ of: "everything" });
    expect(ageMs).toBeGreaterThan(0);
    expect(there.vitals.knowledgeAgeMs()).toBeLessThan(TRUST_MS);
  },
);

// A connection that is merely silent is the worst case: nothing tells that it is dead.
test(
  "a node that hears no beat for most of a second stops trusting, though its connection stands",
  TIMED,
  async (context) => {
    if (!server.owned) {
      context.skip("the database is not ours to freeze");
    }
    const { there, url } = await openTwo();
    const thaw = Listeners.freeze(await new Listeners(url).pids());
    const tookMs = await until(() => !there.hearsChanges());
    const ageMs = there.vitals.knowledgeAgeMs();
    thaw();

    expect(tookMs).toBeLessThan(TRUST_MS + 100);
    expect(ageMs).toBeGreaterThanOrEqual(TRUST_MS);
    await until(() => there.hearsChanges());
  },
);
