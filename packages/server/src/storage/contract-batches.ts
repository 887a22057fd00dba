import { expect, test } from "vitest";
import { type AuditEntry, SYSTEM } from "../core/audit/events.ts";
import type { Store } from "../core/store.ts";
import { findBreak, GENESIS } from "../testing/audit-chain.ts";
import { newAccount } from "./contract-samples.ts";

function entry(over: Partial<AuditEntry>): AuditEntry {
  return { action: "account.update", actor: SYSTEM, owner: null, credentialId: null, details: {}, ...over };
}

/** Jobs that share a commit: each is undone alone, and each sees what those before it did. */
export function batchesContract(openStore: () => Promise<Store>): void {
  test("a job that fails leaves nothing of itself, and nothing of its neighbours is lost", async () => {
    const store = await openStore();
    const ada = await store.write((writes) => writes.accounts.insert(newAccount("ada")));
    const rename = (displayName: string, fails: boolean) =>
      store.write(async (writes) => {
        const before = (await writes.accounts.findById(ada.id))?.displayName;
        await writes.accounts.update(ada.id, { displayName });
        await writes.audit.append(entry({ details: { displayName } }));
        // Reading stores the events so far, also those of the jobs before this one.
        const events = await writes.audit.list({ limit: 100 });
        if (fails) {
          throw new Error(`no ${displayName}`);
        }
        return {
          before,
          after: (await writes.accounts.findById(ada.id))?.displayName,
          events: events.length,
        };
      });

    const outcomes = await Promise.allSettled([
      rename("one", false),
      rename("two", true),
      rename("three", false),
      rename("four", true),
      rename("five", false),
    ]);

    const start = ada.displayName;
    expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : null))).toEqual([
      { before: start, after: "one", events: 1 },
      null,
      { before: "one", after: "three", events: 2 },
      null,
      { before: "three", after: "five", events: 3 },
    ]);
    expect((await store.read.accounts.findById(ada.id))?.displayName).toBe("five");
    const chain = await store.read.audit.after(0, 100);
    expect(chain.map(({ details }) => details["displayName"])).toEqual(["one", "three", "five"]);
    expect(findBreak(GENESIS, chain)).toBeNull();
    expect(await store.read.audit.head()).toEqual({ seq: 3, hash: chain[2]?.hash });
  });

  test("every read of the audit log inside a job sees the events that the job has appended", async () => {
    const store = await openStore();
    const seen = await store.write(async (writes) => {
      const look = async () => [
        await writes.audit.count({ limit: 10 }),
        await writes.audit.depth({ limit: 1 }),
        (await writes.audit.list({ limit: 10 })).length,
        (await writes.audit.after(0, 10)).length,
      ];
      await writes.audit.append(entry({}));
      const one = await writes.audit.count({ limit: 10 });
      await writes.audit.append(entry({}));
      const depth = await writes.audit.depth({ limit: 1 });
      return { one, depth, both: await look() };
    });

    expect(seen).toEqual({ one: 1, depth: 2, both: [2, 2, 2, 2] });
  });

  // Found only at the commit, it would fail everybody who shares it.
  test("an event that no database can store fails its own job alone", async () => {
    const store = await openStore();
    const append = (name: string) =>
      store.write((writes) =>
        writes.audit.append(entry({ actor: { id: null, name, address: null, agent: null } })),
      );
    const outcomes = await Promise.allSettled([append("ada"), append("a\0b"), append("bob")]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const chain = await store.read.audit.after(0, 100);
    expect(chain.map(({ actor }) => actor)).toEqual(["ada", "bob"]);
  });

  test("hundreds of events of one job are a chain like any other", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      for (let at = 0; at < 333; at += 1) {
        await writes.audit.append(entry({ details: { at } }));
      }
    });
    const chain = await store.read.audit.after(0, 1_000);
    expect(chain.map(({ details }) => details["at"])).toEqual(Array.from({ length: 333 }, (_, at) => at));
    expect(findBreak(GENESIS, chain)).toBeNull();
  });
}
