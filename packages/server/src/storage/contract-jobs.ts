import { expect, test } from "vitest";
import type { LeaseRequest } from "../core/jobs/ports.ts";
import type { Store } from "../core/store.ts";
import { NOW } from "./contract-samples.ts";

const LEASE_MS = 15_000;

/**
 * The contract of every store for jobs: one node at a time has a job, and an unfinished run keeps its
 * position.
 */
export function jobsContract(openStore: () => Promise<Store>): void {
  const take = (store: Store, request: Partial<LeaseRequest>) =>
    store.write((writes) =>
      writes.jobs.take({
        job: "sweep",
        holder: "a",
        now: NOW,
        leaseMs: LEASE_MS,
        dueIfStartedBefore: null,
        ...request,
      }),
    );

  test("a job belongs to one node until its lease ends or the node gives it back", async () => {
    const store = await openStore();

    expect(await take(store, { holder: "a" })).toEqual({ cursor: null });
    expect(await take(store, { holder: "b" })).toBe("held");
    expect(await take(store, { holder: "b", job: "another" })).toEqual({ cursor: null });
    await store.write((writes) => writes.jobs.release({ job: "sweep", holder: "a", cursor: null }));
    expect(await take(store, { holder: "b" })).toEqual({ cursor: null });
    expect(await take(store, { holder: "c", now: NOW + LEASE_MS })).toEqual({ cursor: null });
  });

  test("a node that lost its lease learns of it, and cannot give back what is another's", async () => {
    const store = await openStore();
    const claim = { job: "sweep", until: NOW + 2 * LEASE_MS, cursor: "17" };
    await take(store, { holder: "a" });

    expect(await store.write((writes) => writes.jobs.renew({ ...claim, holder: "a" }))).toBe(true);
    expect(await take(store, { holder: "b", now: NOW + 2 * LEASE_MS })).toEqual({ cursor: "17" });
    expect(await store.write((writes) => writes.jobs.renew({ ...claim, holder: "a" }))).toBe(false);
    await store.write((writes) => writes.jobs.release({ job: "sweep", holder: "a", cursor: null }));
    expect(await take(store, { holder: "c", now: NOW + 2 * LEASE_MS + 1 })).toBe("held");
  });

  test("a job that ran lately is not due again, unless it was cut short", async () => {
    const store = await openStore();
    const end = (cursor: string | null) =>
      store.write((writes) => writes.jobs.release({ job: "sweep", holder: "a", cursor }));
    await take(store, {});
    await end(null);

    expect(await take(store, { dueIfStartedBefore: NOW - 1 })).toBe("recent");
    expect(await take(store, { dueIfStartedBefore: NOW })).toEqual({ cursor: null });
    await end("half");
    expect(await take(store, { dueIfStartedBefore: NOW - 1 })).toEqual({ cursor: "half" });
  });

  // After the clock was set back, an old lease would keep the job from every node for just as long.
  test("a lease from the future holds nobody up", async () => {
    const store = await openStore();
    await take(store, { holder: "a", now: NOW + 30 * LEASE_MS });

    expect(await take(store, { holder: "b" })).toEqual({ cursor: null });
  });
}
