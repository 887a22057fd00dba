import { expect, test } from "vitest";
import type { Account } from "../core/account/account.ts";
import type { Credential } from "../core/credential/credential.ts";
import { type CredentialOrder, type CredentialPlace, placeOf, SORTS } from "../core/credential/order.ts";
import { newId } from "../core/ids.ts";
import type { Store } from "../core/store.ts";
import { entropy } from "../testing/entropy.ts";
import { addAccount, clock, DAY_MS, insert, NOW, newCredential } from "./contract-samples.ts";

const ORDERS: readonly CredentialOrder[] = SORTS.flatMap((by) => [
  { by, descending: false },
  { by, descending: true },
]);
const TITLES = [null, "", "a", "A", "b", "B", "ä", "Ä", "zebra", "_", "☂", "🎟", "a b"];
const KINDS = ["app_token", "offline_token", "personal_token"] as const;

/** Many that are equal, and many that have nothing, in every order. */
function variety(owner: Account, count: number): readonly Credential[] {
  return Array.from({ length: count }, (_, index) => {
    const at = NOW - (index % 4) * DAY_MS;
    return {
      ...newCredential(owner, KINDS[index % 3] ?? "app_token"),
      id: newId({ now: () => at }, entropy),
      createdAt: at,
      title: TITLES[(index * 7) % TITLES.length] ?? null,
      lastUse: index % 3 === 0 ? null : { at: NOW - (index % 5) * 1000, address: null, agent: null },
      expiresAt: index % 4 === 0 ? NOW + (index % 6) * DAY_MS : null,
      idleMs: index % 5 === 0 ? (index % 3) * DAY_MS + 1 : null,
    };
  });
}

/** The other way to say what an order is. */
function sorted(credentials: readonly Credential[], { by, descending }: CredentialOrder): readonly string[] {
  const utf8 = (one: CredentialPlace) =>
    typeof one.key === "string" ? Buffer.from(one.key).toString("hex") : one.key;
  const compare = (a: CredentialPlace, b: CredentialPlace) => {
    const [one, other] = [utf8(a), utf8(b)];
    return one === other ? (a.id < b.id ? -1 : 1) : one < other ? -1 : 1;
  };
  const places = credentials.map((one) => placeOf(one, by)).sort(compare);
  return (descending ? places.reverse() : places).map(({ id }) => id);
}

async function walk(
  store: Store,
  order: CredentialOrder,
  ownerId: string | undefined,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: CredentialPlace | undefined;
  for (;;) {
    const page = await store.read.credentials.list({ order, after, ownerId, limit: 7, now: NOW });
    ids.push(...page.map(({ id }) => id));
    const last = page[page.length - 1];
    if (!last) {
      return ids;
    }
    after = placeOf(last, order.by);
    await between();
  }
}

/** How every store orders and pages its lists. */
export function listsContract(openStore: () => Promise<Store>): void {
  test("lists go by each order in both directions, page by page", async () => {
    const store = await openStore();
    const [ada, bob] = [await addAccount(store), await addAccount(store)];
    const mine = variety(ada, 60);
    const theirs = variety(bob, 20);
    for (const credential of [...mine, ...theirs]) {
      await insert(store, credential);
    }

    for (const order of ORDERS) {
      const words = `${order.by}${order.descending ? " down" : " up"}`;
      expect(await walk(store, order, ada.id), words).toEqual(sorted(mine, order));
      expect(await walk(store, order, undefined), words).toEqual(sorted([...mine, ...theirs], order));
    }
  });

  test("a walk through all pages meets each once, also while others are made", async () => {
    const store = await openStore();
    const ada = await addAccount(store);
    const there = variety(ada, 30);
    for (const credential of there) {
      await insert(store, credential);
    }

    for (const order of ORDERS) {
      const newcomers = [...variety(ada, 12)];
      const seen = await walk(store, order, ada.id, async () => {
        const newcomer = newcomers.pop();
        if (newcomer) {
          await insert(store, newcomer);
        }
      });
      const words = `${order.by}${order.descending ? " down" : " up"}`;
      expect(new Set(seen).size, words).toBe(seen.length);
      const old = new Set(there.map(({ id }) => id));
      expect(
        seen.filter((id) => old.has(id)),
        words,
      ).toEqual(sorted(there, order));
    }
  });

  test("a place in a list stays one when the credential that marked it is gone", async () => {
    const store = await openStore();
    const ada = await addAccount(store);
    const titled = ["a", "b", "c"].map((title) => ({ ...newCredential(ada, "app_token"), title }));
    for (const credential of titled) {
      await insert(store, credential);
    }
    const order = { by: "title", descending: false } as const;
    const [first] = await store.read.credentials.list({ order, limit: 1, now: NOW });
    await store.write((writes) =>
      writes.credentials.end(first?.id ?? "", { at: NOW, reason: "revoked", note: null }),
    );
    await store.write((writes) => writes.credentials.purgeEndedBefore(clock.now() + 1, 10));

    const after = first && placeOf(first, "title");
    const rest = await store.read.credentials.list({ order, after, limit: 9, now: NOW });
    expect(rest.map(({ title }) => title)).toEqual(["b", "c"]);
  });
}
