import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { RECEIPT_BOUND_MS, type Receipt } from "../../core/receipt/receipt.ts";
import type { Store } from "../../core/store.ts";
import { TIMED } from "../../testing/cost.ts";
import { Listeners } from "../../testing/listeners.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { BARRIER_CHANNEL } from "./barriers.ts";
import { openPostgresStore } from "./open.ts";

/** What a timer and a busy machine may add to the bound. */
const SLACK_MS = 500;
const NODES = 3;

let server: TestPostgres;
let url: string;
let listeners: Listeners;
let stores: Store[] = [];
/** The listening connection of each store. */
let pids: number[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

beforeEach(async () => {
  url = await server.createDatabase();
  listeners = new Listeners(url);
  stores = [];
  pids = [];
  for (let count = 0; count < NODES; count += 1) {
    stores.push(await openPostgresStore(url, { now: () => 1_000_000 }, () => undefined));
    pids.push((await listeners.pids()).find((pid) => !pids.includes(pid)) as number);
  }
});

afterEach(() => Promise.all(stores.map((store) => store.close())));

afterAll(() => server.remove());

const at = (index: number): Store => stores[index] as Store;
const announce = (store: Store, id: string) =>
  store.write(async (writes) => writes.announce({ of: "credential", id }));
const silentOf = ({ nodes }: Receipt) => nodes.filter(({ applied }) => applied === null);

/** The row of a node that is not one of the stores. */
async function addRow(id: string, { unseenMs }: { unseenMs: number }): Promise<void> {
  await listeners.query(
    `insert into nodes (id, url, started_at, seen_at)
     values ($1, 'elsewhere:1', 0, (extract(epoch from clock_timestamp()) * 1000)::bigint - $2)
     on conflict (id) do update set seen_at = excluded.seen_at`,
    [id, unseenMs],
  );
}

async function until(claim: () => boolean): Promise<void> {
  while (!claim()) {
    await delay(5);
  }
}

async function timed(settling: Promise<Receipt>): Promise<{ receipt: Receipt; ms: number }> {
  const began = performance.now();
  return { receipt: await settling, ms: performance.now() - began };
}

test("when a receipt is complete, every node it names has applied what was committed before", async () => {
  const heard = stores.map((store) => {
    const ids = new Set<string>();
    store.onChange((change) => change.of === "credential" && ids.add(change.id));
    return ids;
  });
  await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      await delay(index);
      await announce(at(index % NODES), `change-${index}`);
      const receipt = await at(index % NODES).collectReceipt();

      expect(heard.map((ids) => ids.has(`change-${index}`))).toEqual([true, true, true]);
      expect([receipt.complete, receipt.nodes.length]).toEqual([true, NODES]);
    }),
  );
});

test(
  "a receipt tells of each node when, by the clock of the one that asked, and names that one first",
  TIMED,
  async () => {
    const [mine, theirs] = [await at(0).collectReceipt(), await at(1).collectReceipt()];

    expect(mine.nodes[0]).toMatchObject({ applied: { at: 1_000_000, afterMs: 0 } });
    expect(new Set(mine.nodes.map(({ id }) => id))).toEqual(new Set(theirs.nodes.map(({ id }) => id)));
    expect(mine.nodes[0]?.id).not.toBe(theirs.nodes[0]?.id);
    for (const { name, applied, lastSeenAt } of mine.nodes) {
      expect(name).toMatch(/^.+:\d+$/);
      expect(applied?.at).toBeGreaterThanOrEqual(1_000_000);
      expect(applied?.at).toBeLessThan(1_000_000 + RECEIPT_BOUND_MS);
      expect(Math.abs(lastSeenAt - 1_000_000)).toBeLessThan(10_000);
    }
  },
);

test("a node that hears nothing is named when the bound has passed, and no later", TIMED, async (context) => {
  if (!server.owned) {
    context.skip("the database is not ours to freeze");
  }
  const before = await at(0).collectReceipt();
  const thaw = Listeners.freeze([pids[2] as number]);
  const { receipt, ms } = await timed(at(0).collectReceipt());
  thaw();

  expect(receipt.complete).toBe(false);
  expect(silentOf(receipt)).toEqual([
    expect.objectContaining({ id: before.nodes[2]?.id, name: before.nodes[2]?.name, applied: null }),
  ]);
  expect(ms).toBeGreaterThanOrEqual(RECEIPT_BOUND_MS - 1);
  expect(ms).toBeLessThan(RECEIPT_BOUND_MS + SLACK_MS);
  expect(at(2).hearsChanges()).toBe(false);
  expect((await at(0).collectReceipt()).complete).toBe(true);
});

test("a node that was just cut off answers as soon as it listens again, also where it is the one that asks", async () => {
  await listeners.cut([pids[1] as number, pids[2] as number]);
  const others = await at(0).collectReceipt();
  await listeners.cut([pids[0] as number]);
  const own = await at(0).collectReceipt();

  expect([others.complete, own.complete]).toEqual([true, true]);
  expect([others.nodes.length, own.nodes.length]).toEqual([NODES, NODES]);
});

test("a node that hears nobody says so of all others it knew, within the bound", TIMED, async () => {
  await until(() => at(0).vitals.livingNodes() === NODES);
  const [name] = new URL(url).pathname.split("/").slice(1);
  const elsewhere = new Listeners(new URL("/postgres", url).href);
  await elsewhere.query(`alter database ${name} with allow_connections false`);
  await elsewhere.query("select pg_terminate_backend($1)", [pids[0]]);
  await until(() => !at(0).hearsChanges());

  const { receipt, ms } = await timed(at(0).collectReceipt());
  await elsewhere.query(`alter database ${name} with allow_connections true`);

  expect([receipt.complete, receipt.asked]).toEqual([false, false]);
  expect(receipt.nodes.map(({ applied }) => applied !== null)).toEqual([true, false, false]);
  expect(ms).toBeLessThan(RECEIPT_BOUND_MS + SLACK_MS);
});

test("a node that ended without a word is named until its last sign of life is ten seconds old", async () => {
  await addRow("dead", { unseenMs: 8_000 });
  const named = await at(0).collectReceipt();
  await addRow("dead", { unseenMs: 10_000 });
  const forgotten = await at(0).collectReceipt();

  expect(silentOf(named)).toEqual([
    expect.objectContaining({ id: "dead", name: "elsewhere:1", applied: null }),
  ]);
  expect(Math.round((1_000_000 - (silentOf(named)[0]?.lastSeenAt ?? 0)) / 1000)).toBe(8);
  expect([forgotten.complete, forgotten.nodes.length]).toEqual([true, NODES]);
});

test("a node that stops in good order is not waited for", async () => {
  await at(2).close();
  const receipt = await at(0).collectReceipt();

  expect([receipt.complete, receipt.nodes.length]).toEqual([true, NODES - 1]);
  expect(at(0).vitals.livingNodes()).toBe(NODES - 1);
});

// The node answers for what it had heard when that barrier came, and for nothing that was committed after it
// was sent.
test("an answer to a barrier counts for nobody who began to wait after it was sent", async () => {
  const node = new pg.Client({ connectionString: url });
  await node.connect();
  const heard: string[] = [];
  node.on("notification", ({ payload }) => heard.push(payload ?? ""));
  await node.query(`listen ${BARRIER_CHANNEL}`);
  await addRow("slow", { unseenMs: 0 });
  const done: string[] = [];

  const first = at(0)
    .collectReceipt()
    .then(() => done.push("first"));
  const second = at(0)
    .collectReceipt()
    .then(() => done.push("second"));
  await until(() => heard.length > 1);
  const answer = (payload = "") => {
    const [asking, barrier] = payload.split(" ");
    return node.query("select pg_notify($1, $2)", [`mintmark_answers_${asking}`, `slow ${barrier}`]);
  };
  await answer(heard[0]);
  await first;
  done.push("answered");
  await answer(heard[1]);
  await second;
  await node.end();

  expect(done).toEqual(["first", "answered", "second"]);
});

// One barrier for each revocation would be answered by each node: a burst would multiply itself.
test("many that ask at once share a few barriers", async () => {
  const listening = new pg.Client({ connectionString: url });
  await listening.connect();
  let barriers = 0;
  listening.on("notification", () => {
    barriers += 1;
  });
  await listening.query(`listen ${BARRIER_CHANNEL}`);

  const receipts = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      await announce(at(index % NODES), `burst-${index}`);
      return at(index % NODES).collectReceipt();
    }),
  );
  await listening.query("select 1");
  await listening.end();

  expect(receipts.every(({ complete }) => complete)).toBe(true);
  expect(barriers).toBeGreaterThan(0);
  expect(barriers).toBeLessThan(50);
});

test("a store that closes lets nobody wait", TIMED, async (context) => {
  if (!server.owned) {
    context.skip("the database is not ours to freeze");
  }
  const listening = new pg.Client({ connectionString: url });
  await listening.connect();
  const asked = new Promise((resolve) => listening.once("notification", resolve));
  await listening.query(`listen ${BARRIER_CHANNEL}`);
  const thaw = Listeners.freeze([pids[1] as number]);
  const settling = timed(at(0).collectReceipt());
  await asked;
  await at(0).close();
  const { receipt, ms } = await settling;
  thaw();
  await listening.end();

  expect(receipt.complete).toBe(false);
  expect(ms).toBeLessThan(RECEIPT_BOUND_MS);
});
