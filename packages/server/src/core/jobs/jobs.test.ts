import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import type { Store } from "../store.ts";
import type { Job, JobRun } from "./job.ts";
import { Jobs } from "./jobs.ts";

/** `Promise.withResolvers` came with Node 22. */
function resolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("jobs", () => {
  let hub: Harness;
  const open: Jobs[] = [];

  beforeEach(async () => {
    hub = await createHarness();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((jobs) => jobs.stop()));
    await hub.close();
  });

  /** The jobs of one node of several that share the store. */
  function node(...jobs: Job[]): Jobs {
    const { store, clock, entropy } = hub.context;
    // A store that others write to as well makes each node a holder of its own.
    const shared = new Proxy(store, {
      get: (target, name) => {
        const member: unknown = name === "isOnlyWriter" ? false : Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    }) as Store;
    const made = new Jobs({ store: shared, clock, entropy }, jobs);
    open.push(made);
    return made;
  }

  /** Counts to `last`, one number a piece; `atPiece` is awaited in each. */
  function counting(
    last: number,
    seen: number[],
    atPiece: (n: number) => Promise<void> = () => Promise.resolve(),
  ): Job {
    return {
      name: "count",
      everyMs: 60_000,
      run: async (from) => {
        const n = Number(from ?? 0) + 1;
        await atPiece(n);
        seen.push(n);
        return { done: 1, next: n < last ? String(n) : null };
      },
    };
  }

  test("a run goes piece by piece to the end and is reported once", async () => {
    const seen: number[] = [];
    const jobs = node(counting(3, seen));
    const runs: JobRun[] = [];
    jobs.runs.watch((run) => runs.push(run));

    expect(await jobs.run("count")).toMatchObject({ outcome: "finished", done: 3 });
    expect(seen).toEqual([1, 2, 3]);
    expect(runs).toHaveLength(1);
  });

  test("of two nodes one runs a job, and the other may run it afterwards", async () => {
    const seen: number[] = [];
    const inside = resolvers();
    const gate = resolvers();
    const slow = counting(1, seen, () => {
      inside.resolve();
      return gate.promise;
    });
    const [one, other] = [node(slow), node(counting(1, seen))];
    const first = one.run("count");
    await inside.promise;

    expect(await other.run("count")).toBeNull();
    gate.resolve();
    expect(await first).toMatchObject({ outcome: "finished" });
    expect(await other.run("count")).toMatchObject({ outcome: "finished" });
  });

  test("what a stop cut short resumes on another node where it ended", async () => {
    const seen: number[] = [];
    const stopping: { done?: Promise<void> } = {};
    const one = node(
      counting(4, seen, async (n) => {
        if (n === 2) {
          stopping.done = one.stop();
        }
      }),
    );

    expect(await one.run("count")).toMatchObject({ outcome: "interrupted", done: 2 });
    await stopping.done;
    expect(await node(counting(4, seen)).run("count")).toMatchObject({ outcome: "finished", done: 2 });
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test("a job that fails is reported with its reason and runs again", async () => {
    let failures = 1;
    const jobs = node(
      counting(1, [], async () => {
        failures -= 1;
        if (failures === 0) {
          throw new Error("no luck");
        }
      }),
    );

    expect(await jobs.run("count")).toMatchObject({ outcome: "failed", error: new Error("no luck") });
    expect(await jobs.run("count")).toMatchObject({ outcome: "finished" });
  });

  test("a started node runs its jobs by itself, and none after it was stopped", async () => {
    const ran = resolvers();
    let count = 0;
    const jobs = node(
      counting(1, [], async () => {
        count += 1;
        ran.resolve();
      }),
    );
    jobs.start();
    await ran.promise;
    await jobs.stop();

    expect(await jobs.run("count")).toBeNull();
    expect(count).toBe(1);
  });

  test("a server's own jobs write down what has expired and remove what is old", async () => {
    await hub.addUser("ada");
    const { id } = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 31 });
    expect(await hub.hub.jobs.run("expire-credentials")).toMatchObject({ done: 1 });
    expect((await hub.hub.credentials.find(id))?.end).toMatchObject({ reason: "inactive" });

    hub.clock.advance({ days: 31 });
    expect(await hub.hub.jobs.run("purge-old-records")).toMatchObject({ done: 1 });
    expect(await hub.hub.credentials.find(id)).toBeNull();
  });
});
