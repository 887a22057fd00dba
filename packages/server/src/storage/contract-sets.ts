import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account } from "../core/account/account.ts";
import type { Credential } from "../core/credential/credential.ts";
import type { Store, Writes } from "../core/store.ts";
import { findBreak, GENESIS } from "../testing/audit-chain.ts";
import { addAccount, ended, entry, NOW, newCredential } from "./contract-samples.ts";

const LIFE = { slot: null, expiresOwn: false, idleOwn: false };
const FAILED = "failed";

/** New credentials and ends of many jobs are written in one statement; nobody but the clock may notice. */
export function setsContract(openStore: () => Promise<Store>): void {
  const issue = async (writes: Writes, owner: Account, credential: Credential) => {
    await writes.credentials.insert(credential, LIFE);
    await writes.audit.append({ ...entry(owner), credentialId: credential.id });
  };

  test("of many that are issued at once, a digest that exists fails its own job alone", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const [first, ...others] = Array.from({ length: 8 }, () => newCredential(owner, "app_token"));
    const twin = { ...newCredential(owner, "app_token"), digest: first?.digest ?? Buffer.alloc(0) };
    const all = [...(first ? [first] : []), ...others.slice(0, 3), twin, ...others.slice(3)];

    const outcomes = await Promise.allSettled(
      all.map((credential) =>
        store.write((writes) => issue(writes, owner, credential), "small", { accounts: [owner.id] }),
      ),
    );

    const failed = all.filter((_, at) => outcomes[at]?.status === "rejected");
    expect(failed).toEqual([twin]);
    for (const credential of all) {
      const stored = await store.read.credentials.findById(credential.id);
      expect(stored?.id ?? null).toBe(credential === twin ? null : credential.id);
    }
    const chain = await store.read.audit.after(0, 100);
    expect(chain.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(findBreak(GENESIS, chain)).toBeNull();
  });

  test("an owner's limit holds, however many ask at once", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const issueWithin = (max: number) =>
      store.write(
        async (writes) => {
          if (!(await writes.credentials.hasRoom(owner.id, NOW, max))) {
            throw new Error("no room");
          }
          await issue(writes, owner, newCredential(owner, "app_token"));
        },
        "small",
        { room: { ownerId: owner.id, max } },
      );
    const attempts = async (count: number) =>
      (await Promise.allSettled(Array.from({ length: count }, () => issueWithin(20)))).filter(
        ({ status }) => status === "fulfilled",
      ).length;

    expect(await attempts(12)).toBe(12);
    expect(await attempts(30)).toBe(8);
    const [some] = await store.read.credentials.list({ ownerId: owner.id, limit: 1, now: NOW });
    await store.write((writes) => writes.credentials.end(some?.id ?? "", ended("revoked")));
    expect(await attempts(5)).toBe(1);
  });

  type Step =
    | { readonly do: "issue" | "end" | "list" | "note"; readonly which: number }
    | { readonly do: "fail" };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("issue", "end"), which: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("list", "note"), which: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
  );
  const jobs = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 12 });

  test("jobs that share commits see and leave what they would one after another", async () => {
    const store = await openStore();
    await fc.assert(
      fc.asyncProperty(jobs, async (asked) => {
        const owner = await addAccount(store);
        const credentials = Array.from({ length: 6 }, () => newCredential(owner, "app_token"));
        const ids = credentials.map(({ id }) => id);
        const idOf = (which: number) => ids[which] ?? "";
        const run = (steps: readonly Step[]) => async (writes: Writes) => {
          const seen: unknown[] = [];
          for (const each of steps) {
            if (each.do === "fail") {
              throw new Error(FAILED);
            }
            const present = await writes.credentials.findById(idOf(each.which));
            if (each.do === "issue" && !present) {
              await issue(writes, owner, credentials[each.which] as Credential);
            } else if (each.do === "end") {
              seen.push(await writes.credentials.end(idOf(each.which), ended("revoked")));
            } else if (each.do === "note" && present) {
              await writes.credentials.change(present.id, { note: `${present.note ?? ""}+` });
            } else {
              const all = await writes.credentials.list({ ownerId: owner.id, limit: 10, now: NOW });
              const found = all.map(({ id, end, note }) => ({
                at: ids.indexOf(id),
                isEnded: end !== null,
                note,
              }));
              seen.push(found.sort((one, other) => one.at - other.at));
            }
          }
          return seen;
        };

        const outcomes = await Promise.all(
          asked.map((steps) =>
            store.write(run(steps), "small", { credentials: ids }).catch((error: Error) => {
              expect(String(error.cause ?? error)).toContain(FAILED);
              return null;
            }),
          ),
        );

        expect(outcomes).toEqual(oneAfterAnother(asked));
      }),
      { numRuns: 25 },
    );
    const { seq } = await store.read.audit.head();
    const chain = await store.read.audit.after(0, seq + 1);
    expect(chain).toHaveLength(seq);
    expect(findBreak(GENESIS, chain)).toBeNull();
  });

  /** What each job returns if the jobs run one after another and one that fails changes nothing. */
  function oneAfterAnother(asked: readonly (readonly Step[])[]): readonly unknown[] {
    type State = Map<number, { readonly isEnded: boolean; readonly note: string | null }>;
    let state: State = new Map();
    return asked.map((steps) => {
      const next: State = new Map(state);
      const seen: unknown[] = [];
      for (const each of steps) {
        if (each.do === "fail") {
          return null;
        }
        const present = next.get(each.which);
        if (each.do === "issue" && !present) {
          next.set(each.which, { isEnded: false, note: null });
        } else if (each.do === "end") {
          seen.push(present !== undefined && !present.isEnded);
          if (present) {
            next.set(each.which, { ...present, isEnded: true });
          }
        } else if (each.do === "note" && present) {
          next.set(each.which, { ...present, note: `${present.note ?? ""}+` });
        } else {
          seen.push(
            [...next]
              .map(([at, { isEnded, note }]) => ({ at, isEnded, note }))
              .sort((one, other) => one.at - other.at),
          );
        }
      }
      state = next;
      return seen;
    });
  }
}
