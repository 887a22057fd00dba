import { expect, test } from "vitest";
import type { Store } from "../core/store.ts";
import { addAccount, clock, DAY_MS, ended, insert, NOW, newCredential } from "./contract-samples.ts";

/** The contract of every store for counts, and for lists that are searched. */
export function statisticsContract(openStore: () => Promise<Store>): void {
  test("counts of hours and days add up, and old ones are removed", async () => {
    const store = await openStore();
    const count = (number: number, name: string) => ({ span: "hour", number, name, count: 2 }) as const;
    await store.write((writes) => writes.activity.add([count(7, "accepted"), count(8, "accepted")]));
    await store.write((writes) => writes.activity.add([count(8, "accepted"), count(8, "refused:revoked")]));

    expect(await store.read.activity.since("hour", 8)).toEqual([
      { span: "hour", number: 8, name: "accepted", count: 4 },
      { span: "hour", number: 8, name: "refused:revoked", count: 2 },
    ]);
    expect(await store.read.activity.since("day", 0)).toEqual([]);
    expect(await store.write((writes) => writes.activity.purgeBefore("hour", 8, 100))).toBe(1);
    expect(await store.read.activity.since("hour", 0)).toHaveLength(2);
  });

  test("a summary counts what is active, by kind and by situation", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const sample = (change: object) => insert(store, { ...newCredential(owner, "app_token"), ...change });
    const usedAt = (at: number) => ({ lastUse: { at, address: null, agent: null } });
    await sample(usedAt(NOW - 1000));
    await sample({ createdAt: NOW - 100 * DAY_MS });
    await sample({ ...usedAt(NOW - 95 * DAY_MS), expiresAt: NOW + 20 * DAY_MS });
    await sample({ idleMs: 5 * DAY_MS });
    await sample({ frozen: { at: NOW, by: "x", class: "owner", reason: null, until: null } });
    await sample({ expiresAt: NOW - 1 });
    await sample({ end: ended("revoked") });

    const expected = {
      kind: "app_token",
      active: 4,
      frozen: 1,
      usedLastDay: 1,
      neverUsed: 2,
      unused90Days: 2,
      expiring7Days: 1,
      expiring30Days: 2,
    };
    expect(await store.read.statistics.summarize(undefined, NOW)).toEqual([expected]);
    expect(await store.read.statistics.summarize(owner.id, NOW)).toEqual([expected]);
    const other = await addAccount(store);
    expect(await store.read.statistics.summarize(other.id, NOW)).toEqual([]);
  });

  test("the most used credentials of some days come first", async () => {
    const store = await openStore();
    await store.write((writes) =>
      writes.usage.addDaily([
        { credentialId: "a", day: 10, count: 9 },
        { credentialId: "b", day: 11, count: 3 },
        { credentialId: "b", day: 12, count: 3 },
        { credentialId: "c", day: 12, count: 4 },
      ]),
    );
    expect(await store.read.statistics.mostUsed(11, 1)).toEqual([{ credentialId: "b", uses: 6 }]);
    expect((await store.read.usage.dailyOf(["a", "b"], 11)).map(({ day }) => day)).toEqual([11, 12]);
    expect(await store.read.usage.dailyOf([], 0)).toEqual([]);
  });

  test("a list is searched by title, hint and owner, and counted up to a limit", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const titled = { ...newCredential(owner, "app_token"), title: "Ärger_1%" };
    await insert(store, titled);
    await insert(store, { ...newCredential(owner, "app_token"), title: "other" });
    const find = async (text: string) =>
      (await store.read.credentials.list({ text, limit: 10, now: clock.now() })).length;
    expect(await find("ÄRGER_1%")).toBe(1);
    expect(await find("ärger")).toBe(0);
    expect(await find("r1")).toBe(0);
    expect(await find("\\")).toBe(0);
    expect(await find("…ABCD")).toBe(2);
    expect(await find(owner.username.slice(2))).toBe(2);
    expect(await store.read.credentials.count({ ownerId: owner.id, limit: 1, now: NOW })).toBe(1);
    expect(await store.read.credentials.count({ text: "OTHER", limit: 9, now: NOW })).toBe(1);
  });
}
