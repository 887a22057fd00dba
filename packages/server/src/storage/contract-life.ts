import { expect, test } from "vitest";
import { addressKey, parseRange, rangeKeys } from "../core/address/range.ts";
import type { Credential, Freeze, Rotation } from "../core/credential/credential.ts";
import { slotOf } from "../core/credential/kinds.ts";
import type { CredentialState } from "../core/credential/state.ts";
import type { Store } from "../core/store.ts";
import { SOURCES_MAX, type UseSource } from "../core/usage/ports.ts";
import { addAccount, DAY_MS, ended, insert, NOW, newCredential, scopes } from "./contract-samples.ts";

const ROTATION: Rotation = {
  role: "predecessor",
  group: "g",
  otherId: "other",
  mode: "timed",
  at: NOW,
  endsAt: NOW + DAY_MS,
  deadline: null,
  quietMs: null,
  onDeadline: "keep",
  firstUsedAt: null,
  overdue: false,
};
const FREEZE: Freeze = { at: NOW, by: "root", class: "administrator", reason: "lost", until: null };

/** The contract of every store for the life of a credential: changes, rotations, freezes, places of use. */
export function lifeContract(openStore: () => Promise<Store>): void {
  const add = async (store: Store, change: Partial<Credential> = {}) => {
    const credential = { ...newCredential(await addAccount(store), "app_token"), ...change };
    await insert(store, credential);
    return credential;
  };
  const ids = (found: readonly Credential[]) => found.map(({ id }) => id).sort();

  test("a change sets what it names and leaves the rest", async () => {
    const store = await openStore();
    const before = await add(store, { addresses: ["10.0.0.0/8"] });
    const service = await addAccount(store);
    const change = {
      title: "nightly",
      note: "of the build",
      selfRotate: true,
      scopes: scopes("repository:a/b:pull"),
      ownerId: service.id,
      formerName: "ada",
      expiresAt: NOW + DAY_MS,
      addressTrial: ["192.0.2.7", "2001:db8::/64"],
      frozen: FREEZE,
      idleFrom: NOW + 1,
      touchedAt: NOW + 2,
      touches: 2,
      generation: 3,
      rotation: ROTATION,
    };

    await store.write((writes) => writes.credentials.change(before.id, change));
    expect(await store.read.credentials.findById(before.id)).toEqual({ ...before, ...change });

    const back = { title: null, addresses: null, addressTrial: null, frozen: null, rotation: null };
    await store.write((writes) => writes.credentials.change(before.id, back));
    expect(await store.read.credentials.findById(before.id)).toEqual({ ...before, ...change, ...back });
  });

  test("another secret is found by its digest, and the earlier one is not", async () => {
    const store = await openStore();
    const credential = await add(store);
    const { digest, hint, digestKeyVersion } = newCredential(await addAccount(store), "app_token");
    const secret = { digest, hint, digestKeyVersion, sealedSecret: null };

    await store.write((writes) => writes.credentials.change(credential.id, { secret }));

    const listed = await store.read.credentials.listDigests("", 10);
    expect(listed.map(({ digest: found }) => Buffer.from(found).toString("hex"))).toEqual([
      Buffer.from(digest).toString("hex"),
    ]);
  });

  test("those without an end are listed newest first, page by page", async () => {
    const store = await openStore();
    const made = [await add(store), await add(store), await add(store), await add(store)];
    const ids = made.map(({ id }) => id).sort();
    await store.write((writes) => writes.credentials.end(ids[1] as string, ended("revoked")));
    const page = async (before: string | null) =>
      (await store.read.credentials.listWithoutEnd(before, 2)).map(({ id }) => id);

    expect(await page(null)).toEqual([ids[3], ids[2]]);
    expect(await page(ids[2] as string)).toEqual([ids[0]]);
    expect(await store.read.credentials.listWithoutEnd(null, 1)).toEqual(
      made.filter(({ id }) => id === ids[3]),
    );
  });

  test("a slot holds two generations at most, the newest first, and no ended one", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const generation = async (number: number) => {
      const credential = { ...newCredential(owner, "hub_token"), generation: number };
      await insert(store, credential);
      return credential.id;
    };
    const slot = slotOf("hub_token", null) ?? "";
    const inSlot = async () => (await store.read.credentials.allInSlot(owner.id, slot)).map(({ id }) => id);
    const [first, second] = [await generation(1), await generation(2)];

    expect(await inSlot()).toEqual([second, first]);
    await expect(generation(2)).rejects.toThrow();
    await store.write((writes) => writes.credentials.end(first, ended("rotated")));
    expect(await inSlot()).toEqual([second]);
    expect((await store.read.credentials.findInSlot(owner.id, slot))?.id).toBe(second);
  });

  test("rotations are due by the clock or when they must be looked at, and never for what has ended", async () => {
    const store = await openStore();
    const due = async (now: number) => ids(await store.read.credentials.findRotationsDue(now, 10));
    const timed = await add(store, { rotation: ROTATION });
    const unused = await add(store, {
      rotation: {
        ...ROTATION,
        role: "successor",
        mode: "first_use",
        endsAt: null,
        deadline: NOW + 2 * DAY_MS,
      },
    });
    const quiet = await add(store, {
      rotation: { ...ROTATION, mode: "quiet", endsAt: null, quietMs: 1_000, firstUsedAt: NOW + 2 * DAY_MS },
    });
    const gone = await add(store, { rotation: ROTATION });
    await store.write((writes) => writes.credentials.end(gone.id, ended("revoked")));

    expect(await due(NOW + DAY_MS - 1)).toEqual([]);
    expect(await due(NOW + DAY_MS)).toEqual([timed.id]);
    expect(await due(NOW + 2 * DAY_MS)).toEqual([timed.id, unused.id].sort());
    expect(await due(NOW + 2 * DAY_MS + 1_000)).toEqual([timed.id, unused.id, quiet.id].sort());
    await store.write((writes) => writes.credentials.change(quiet.id, { rotationCheckAt: NOW + 5 * DAY_MS }));
    expect(await due(NOW + 3 * DAY_MS)).toEqual([timed.id, unused.id].sort());
    expect(await store.read.credentials.findRotationsDue(NOW + 9 * DAY_MS, 2)).toHaveLength(2);
  });

  test("freezes with a time thaw by it, others never", async () => {
    const store = await openStore();
    const brief = await add(store, { frozen: { ...FREEZE, until: NOW + 1_000 } });
    await add(store, { frozen: FREEZE });
    await add(store);

    expect(await store.read.credentials.findThawsDue(NOW + 999, 10)).toEqual([]);
    expect(ids(await store.read.credentials.findThawsDue(NOW + 1_000, 10))).toEqual([brief.id]);
  });

  test("lists tell the states apart as the clock stands", async () => {
    const store = await openStore();
    const listed = async (state: CredentialState, now: number) =>
      ids(await store.read.credentials.list({ state, now, limit: 20 }));
    const plain = await add(store);
    const frozen = await add(store, { frozen: FREEZE });
    const thaws = await add(store, { frozen: { ...FREEZE, until: NOW + 1_000 } });
    const expires = await add(store, { expiresAt: NOW + 1_000 });
    const idle = await add(store, { idleMs: 1_000 });
    const suspended = await add(store, { idleMs: 1_000, frozen: { ...FREEZE, class: "system" } });
    const rotates = await add(store, { rotation: { ...ROTATION, endsAt: NOW + 1_000 } });
    const revoked = await add(store);
    await store.write((writes) => writes.credentials.end(revoked.id, ended("revoked")));

    expect(await listed("active", NOW)).toEqual(ids([plain, expires, idle, rotates]));
    expect(await listed("frozen", NOW)).toEqual(ids([frozen, thaws, suspended]));
    expect(await listed("expired", NOW)).toEqual([]);
    expect(await listed("revoked", NOW)).toEqual([revoked.id]);
    const later = NOW + 1_000;
    expect(await listed("active", later)).toEqual(ids([plain, thaws]));
    expect(await listed("frozen", later)).toEqual(ids([frozen, suspended]));
    expect(await listed("expired", later)).toEqual(ids([expires, idle]));
    expect(await listed("revoked", later)).toEqual(ids([revoked, rotates]));
  });

  describePlaces(openStore, add);
}

type Add = (store: Store, change?: Partial<Credential>) => Promise<Credential>;

function describePlaces(openStore: () => Promise<Store>, add: Add): void {
  const use = (at: number, change: Partial<UseSource> = {}): UseSource => ({
    address: "192.0.2.7",
    agent: "curl",
    door: "gateway",
    firstAt: at,
    lastAt: at,
    uses: 1,
    ...change,
  });
  const record = (store: Store, credentialId: string, sources: readonly UseSource[]) =>
    store.write((writes) => writes.usage.addSources(sources.map((source) => ({ ...source, credentialId }))));

  test("uses from one place are one source, from the first to the last", async () => {
    const store = await openStore();
    const { id } = await add(store);
    await record(store, id, [use(NOW, { uses: 3 })]);
    await record(store, id, [use(NOW + 5), use(NOW + 2, { agent: null, address: null })]);
    await record(store, id, [use(NOW - 5)]);

    const { sources, more } = await store.read.usage.sources(id);

    expect(more).toBe(0);
    expect(sources).toEqual([
      use(NOW + 5, { firstAt: NOW - 5, uses: 5 }),
      use(NOW + 2, { agent: null, address: null }),
    ]);
  });

  test("of too many sources the least recently used gives way, and is counted", async () => {
    const store = await openStore();
    const { id } = await add(store);
    for (let at = 0; at < SOURCES_MAX + 3; at += 1) {
      await record(store, id, [use(NOW + at, { agent: `agent ${at}` })]);
    }

    const { sources, more } = await store.read.usage.sources(id);

    expect([sources.length, more]).toEqual([SOURCES_MAX, 3]);
    expect([sources[0]?.agent, sources[SOURCES_MAX - 1]?.agent]).toEqual([
      `agent ${SOURCES_MAX + 2}`,
      "agent 3",
    ]);
  });

  test("credentials are found by the network that they were used from, in IPv4, IPv6 and mapped form", async () => {
    const store = await openStore();
    const [v4, mapped, v6] = [await add(store), await add(store), await add(store)];
    await record(store, v4.id, [use(NOW, { address: "10.2.3.4" })]);
    await record(store, mapped.id, [use(NOW, { address: "::ffff:10.2.9.9" })]);
    await record(store, v6.id, [use(NOW, { address: "2001:db8:1::5" })]);
    const from = async (cidr: string) => {
      const range = parseRange(cidr);
      const found = await store.read.credentials.list({
        now: NOW,
        limit: 10,
        ...(range ? { usedFrom: rangeKeys(range) } : {}),
      });
      return found.map(({ id }) => id).sort();
    };

    expect(addressKey("10.2.3.4")).toHaveLength(32);
    expect(await from("10.2.3.0/24")).toEqual([v4.id]);
    expect(await from("10.2.0.0/16")).toEqual([v4.id, mapped.id].sort());
    expect(await from("2001:db8::/32")).toEqual([v6.id]);
    expect(await from("192.0.2.0/24")).toEqual([]);
  });
}
