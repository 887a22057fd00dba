import { expect, test } from "vitest";
import type { ExternalLink } from "../core/provider/ports.ts";
import type { Store } from "../core/store.ts";
import { addAccount, NOW } from "./contract-samples.ts";

const ISSUER = "https://sso.example.com";

const newLink = (accountId: string, subject: string, more: Partial<ExternalLink> = {}): ExternalLink => ({
  accountId,
  provider: "oidc",
  issuer: ISSUER,
  subject,
  sealedRefresh: Buffer.from([0, 255, 1]),
  checkedAt: NOW,
  failures: 0,
  ...more,
});

/** The contract of every store for the links between accounts and people at a provider. */
export function linksContract(openStore: () => Promise<Store>): void {
  test("a link is found by issuer and subject, each byte of them, and replaced as a whole", async () => {
    const store = await openStore();
    const { id } = await addAccount(store);
    await store.write((writes) => writes.links.put(newLink(id, "Ada")));
    const { links } = store.read;
    expect(await links.find(ISSUER, "Ada")).toEqual(newLink(id, "Ada"));
    expect([await links.find(ISSUER, "ada"), await links.find(`${ISSUER}/`, "Ada")]).toEqual([null, null]);

    const next = newLink(id, "Ada", { sealedRefresh: null, checkedAt: NOW + 1, failures: 2 });
    await store.write((writes) => writes.links.put(next));
    expect(await links.find(ISSUER, "Ada")).toEqual(next);
  });

  test("one person at the provider is never linked to two accounts", async () => {
    const store = await openStore();
    const [one, two] = [await addAccount(store), await addAccount(store)];
    await store.write((writes) => writes.links.put(newLink(one.id, "s")));
    await expect(store.write((writes) => writes.links.put(newLink(two.id, "s")))).rejects.toThrow();
    expect((await store.read.links.find(ISSUER, "s"))?.accountId).toBe(one.id);
  });

  test("those due for a recheck come by the time of the last one, and only if they can be checked", async () => {
    const store = await openStore();
    const links = [
      newLink((await addAccount(store)).id, "late", { checkedAt: NOW }),
      newLink((await addAccount(store)).id, "early", { checkedAt: NOW - 10 }),
      newLink((await addAccount(store)).id, "not yet", { checkedAt: NOW + 1 }),
      newLink((await addAccount(store)).id, "without a token", { sealedRefresh: null, checkedAt: NOW - 5 }),
      newLink((await addAccount(store)).id, "entry", { provider: "ldap", sealedRefresh: null }),
    ];
    await store.write(async (writes) => {
      for (const link of links) {
        await writes.links.put(link);
      }
    });
    const due = async (...query: Parameters<Store["read"]["links"]["findDue"]>) =>
      (await store.read.links.findDue(...query)).map(({ subject }) => subject);
    expect(await due("oidc", NOW, 10)).toEqual(["early", "late"]);
    expect(await due("oidc", NOW, 1)).toEqual(["early"]);
    expect(await due("ldap", NOW, 10)).toEqual(["entry"]);
  });

  test("a link goes with its account, so that the person is a new one then", async () => {
    const store = await openStore();
    const { id } = await addAccount(store);
    await store.write((writes) => writes.links.put(newLink(id, "gone")));
    await store.write((writes) => writes.accounts.markDeleted(id, NOW));
    expect(await store.read.links.find(ISSUER, "gone")).toBeNull();
  });

  test("a log-out is noted once until it expires", async () => {
    const store = await openStore();
    const note = (id: string, now: number) =>
      store.write((writes) => writes.links.noteLogout(id, NOW + 10, now));
    expect([await note("a", NOW), await note("a", NOW + 5), await note("b", NOW)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await note("a", NOW + 11)).toBe(true);
  });

  test("of several stewards each tells whether the person can sign in", async () => {
    const store = await openStore();
    const [service, ada, bob, eve] = [
      await addAccount(store),
      await addAccount(store),
      await addAccount(store),
      await addAccount(store),
    ];
    await store.write(async (writes) => {
      await writes.services.setStewards(service.id, [ada.id, bob.id, eve.id]);
      await writes.accounts.update(bob.id, { disabled: true });
      await writes.accounts.update(eve.id, { suspendedAt: NOW });
    });
    const states = (await store.read.services.stewards(service.id)).map(
      ({ accountId, disabled, suspended }) => [accountId, disabled, suspended] as const,
    );
    expect(new Set(states.map(String))).toEqual(
      new Set([`${ada.id},false,false`, `${bob.id},true,false`, `${eve.id},false,true`]),
    );
  });
}
