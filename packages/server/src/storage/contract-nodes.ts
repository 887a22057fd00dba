import { expect, test } from "vitest";
import type { Store } from "../core/store.ts";
import { findBreak, GENESIS } from "../testing/audit-chain.ts";
import { addAccount, ended, entry, NOW, newCredential } from "./contract-samples.ts";

/** The contract of a store that several nodes open at once. */
export function nodesContract(openStore: () => Promise<Store>): void {
  test("two nodes that start at once migrate once", async () => {
    const stores = await Promise.all([openStore(), openStore(), openStore()]);

    await Promise.all(
      stores.map((store, index) => store.write((writes) => writes.settings.set(`n${index}`, "1"))),
    );
    expect(await stores[0]?.read.settings.get("n2")).toBe("1");
  });

  test("two nodes that fill one slot at once leave one active, and one chain of events", async () => {
    const [one, other] = [await openStore(), await openStore()];
    const owner = await addAccount(one);
    const replace = (store: Store) =>
      store.write(async (writes) => {
        const credential = newCredential(owner, "hub_token");
        const former = await writes.credentials.findInSlot(owner.id, "hub_token");
        if (former) {
          await writes.credentials.end(former.id, ended("replaced"));
        }
        await writes.credentials.insert(credential, {
          slot: "hub_token",
          expiresOwn: false,
          idleOwn: false,
        });
        await writes.audit.append(entry(owner));
      });

    await Promise.all(Array.from({ length: 40 }, (_, index) => replace(index % 2 === 0 ? one : other)));

    const all = await one.read.credentials.list({ ownerId: owner.id, limit: 100, now: NOW });
    expect(all).toHaveLength(40);
    expect(all.filter((credential) => credential.end === null)).toHaveLength(1);
    const events = await one.read.audit.after(0, 100);
    expect(events).toHaveLength(40);
    expect(findBreak(GENESIS, events)).toBeNull();
  });
}
