import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import { anonymousCaller } from "../caller.ts";
import type { Credential } from "../credential/credential.ts";
import { ask, Undecided } from "../looked.ts";
import { Digest } from "../secret/keyring.ts";
import { Secret } from "../secret/secret.ts";
import type { Change, Store } from "../store.ts";
import { CredentialIndex } from "./credential-index.ts";

const nobody = anonymousCaller({ address: null, agent: null });

describe("the index of credentials", () => {
  let hub: Harness;
  let store: WatchedStore;
  let index: CredentialIndex;

  beforeEach(async () => {
    hub = await createHarness();
    store = watched(hub.context.store);
    index = new CredentialIndex(store, 10);
    await hub.addUser("ada");
  });

  afterEach(() => hub.close());

  const issue = async (): Promise<{ id: string; digest: Digest }> => {
    const { secret, id } = await hub.issue("ada", "app_token");
    return { id, digest: hub.context.keyring.digest(new Secret(secret)) };
  };
  const byDigest = (digest: Digest): Promise<Credential | null> => ask(index.credential([digest]));
  const revoke = async (id: string) =>
    hub.hub.revocations.revoke((await hub.hub.credentials.find(id)) as Credential, nobody, null);

  test("asks the store once for each, by digest or by id", async () => {
    const { id, digest } = await issue();
    for (let count = 0; count < 5; count += 1) {
      expect((await byDigest(digest))?.id).toBe(id);
      expect((await ask(index.credentialById(id)))?.id).toBe(id);
    }
    expect(store.asked).toBe(1);
  });

  test("does not remember what does not exist, so that strangers cannot fill it", async () => {
    const digest = Digest.of(1, Buffer.alloc(32, 1));
    expect(await byDigest(digest)).toBeNull();
    expect(index.size).toBe(0);
  });

  test("knows of a revocation as soon as it is acknowledged", async () => {
    const { id, digest } = await issue();
    await byDigest(digest);
    await revoke(id);

    expect((await byDigest(digest))?.end).toMatchObject({ reason: "revoked" });
  });

  // The race that brings revoked credentials back to life in caches: read, revoke, remember what was read.
  test("a look-up that raced a revocation is not remembered", async () => {
    const { id, digest } = await issue();
    store.hold();
    const late = byDigest(digest);
    await store.arrived();
    await revoke(id);
    store.release();

    await late;

    expect((await byDigest(digest))?.end).toMatchObject({ reason: "revoked" });
  });

  test("an account that was read while it was being disabled is not remembered", async () => {
    const { id: accountId } = await hub.hub.accounts.get("ada");
    store.hold();
    const late = ask(index.account(accountId));
    await store.arrived();
    await hub.hub.accounts.update("ada", { disabled: true }, nobody);
    store.release();

    await late;

    expect((await ask(index.account(accountId)))?.disabled).toBe(true);
  });

  test("common grants that were read while they changed are not remembered", async () => {
    store.hold();
    const late = ask(index.authenticatedGrants());
    await store.arrived();
    await hub.hub.accounts.setSharedGrants("authenticated", [], nobody);
    store.release();

    await late;

    expect(await ask(index.authenticatedGrants())).toEqual([]);
  });

  test("everything of an owner is forgotten with the owner", async () => {
    const made = [await issue(), await issue()];
    for (const { digest } of made) {
      await byDigest(digest);
    }
    await hub.hub.accounts.update("ada", { disabled: true }, nobody);

    expect(index.size).toBe(0);
    for (const { digest } of made) {
      expect((await byDigest(digest))?.end).toMatchObject({ reason: "owner_disabled" });
    }
  });

  test("is bounded, and keeps what is asked for", async () => {
    const favourite = await issue();
    for (let count = 0; count < 40; count += 1) {
      await byDigest((await issue()).digest);
      await byDigest(favourite.digest);
      expect(index.size).toBeLessThanOrEqual(10);
    }
    const before = store.asked;
    await byDigest(favourite.digest);
    expect(store.asked).toBe(before);
  });

  test("trusts nothing it knows while the store does not hear of changes, and remembers nothing then", async () => {
    const { digest } = await issue();
    await byDigest(digest);
    store.hears = false;
    await byDigest(digest);
    await byDigest(digest);

    expect(store.asked).toBe(3);
    expect(index.credential([digest])).toBeInstanceOf(Undecided);
  });

  test("lets go of everything when changes may have been missed", async () => {
    const { id, digest } = await issue();
    await byDigest(digest);
    await ask(index.account((await hub.hub.accounts.get("ada")).id));
    store.tell({ of: "everything" });

    expect(index.size).toBe(0);
    expect(index.credentialById(id)).toBeInstanceOf(Undecided);
    expect(index.credential([digest])).toBeInstanceOf(Undecided);
  });
});

describe("an index that fills itself after a start", () => {
  let hub: Harness;
  let store: WatchedStore;
  let index: CredentialIndex;

  beforeEach(async () => {
    hub = await createHarness();
    await hub.addUser("ada");
    store = watched(hub.context.store);
    index = new CredentialIndex(store, 400);
  });

  afterEach(() => hub.close());

  const addMany = async (count: number): Promise<void> =>
    addManyCredentials(hub.context.store, await hub.hub.accounts.get("ada"), count, hub.clock);

  test("knows every active credential, and none that has ended", async () => {
    await addMany(250);
    const [ended, active] = [await hub.issue("ada", "app_token"), await hub.issue("ada", "app_token")];
    const found = (await hub.hub.credentials.find(ended.id)) as Credential;
    await hub.hub.revocations.revoke(found, nobody, null);
    await index.learn();

    expect(index.size).toBe(251);
    expect(await ask(index.credentialById(active.id))).toEqual(
      await hub.context.store.read.credentials.findById(active.id),
    );
    expect(index.credentialById(ended.id)).toBeInstanceOf(Undecided);
    expect(store.asked).toBe(0);
  });

  test("reads no further than there is room, and keeps what it knows", async () => {
    const { id } = await hub.issue("ada", "app_token");
    await ask(index.credentialById(id));
    await addMany(1_500);
    await index.learn();

    expect(index.size).toBe(400);
    expect(store.listed).toBeLessThan(7);
    expect(index.credentialById(id)).not.toBeInstanceOf(Undecided);
  });

  // The race that brings revoked credentials back to life: read, revoke, remember what was read.
  test("does not remember what was revoked while it was read, but all else", async () => {
    await addMany(20);
    const { id } = await hub.issue("ada", "app_token");
    store.hold();
    const learning = index.learn();
    await store.arrived();
    const found = (await hub.hub.credentials.find(id)) as Credential;
    await hub.hub.revocations.revoke(found, nobody, null);
    store.release();
    await learning;

    expect(index.size).toBe(20);
    expect(await ask(index.credentialById(id))).toMatchObject({ end: { reason: "revoked" } });
  });

  test("remembers nothing of an owner who was disabled while it was read", async () => {
    await addMany(20);
    store.hold();
    const learning = index.learn();
    await store.arrived();
    await hub.hub.accounts.update("ada", { disabled: true }, nobody);
    store.release();
    await learning;

    expect(index.size).toBe(0);
  });

  test("remembers nothing that was read before everything may have changed", async () => {
    await addMany(20);
    store.hold();
    const learning = index.learn();
    await store.arrived();
    store.tell({ of: "everything" });
    store.release();
    await learning;

    expect(index.size).toBe(0);
  });
});

interface WatchedStore extends Store {
  asked: number;
  /** Batches that were read to learn from. */
  listed: number;
  hears: boolean;
  /** Reads from now on are done at once, but answered only after `release`. */
  hold(): void;
  release(): void;
  /** Resolves when a held read has been done. */
  arrived(): Promise<void>;
  tell(change: Change): void;
}

/** A real store whose answers can be made late. */
function watched(store: Store): WatchedStore {
  const listeners: ((change: Change) => void)[] = [];
  let gate: Promise<void> | null = null;
  let open: () => void = () => undefined;
  let arrived: () => void = () => undefined;
  let arrival: Promise<void> = Promise.resolve();
  const late =
    <Parameters extends readonly unknown[], Answer>(read: (...parameters: Parameters) => Promise<Answer>) =>
    async (...parameters: Parameters): Promise<Answer> => {
      const answer = await read(...parameters);
      arrived();
      await gate;
      return answer;
    };
  const { credentials, accounts, sharedGrants } = store.read;
  const self: WatchedStore = {
    asked: 0,
    listed: 0,
    hears: true,
    hold: () => {
      gate = new Promise((resolve) => {
        open = resolve;
      });
      arrival = new Promise((resolve) => {
        arrived = resolve;
      });
    },
    release: () => {
      gate = null;
      open();
    },
    arrived: () => arrival,
    tell: (change) => {
      for (const listener of listeners) {
        listener(change);
      }
    },
    read: {
      ...store.read,
      credentials: {
        findByDigest: late((digest) => count(credentials.findByDigest(digest))),
        findById: late((id) => count(credentials.findById(id))),
        findInSlot: (ownerId, slot) => credentials.findInSlot(ownerId, slot),
        allInSlot: (ownerId, slot) => credentials.allInSlot(ownerId, slot),
        findRotationsDue: (now, limit) => credentials.findRotationsDue(now, limit),
        findThawsDue: (now, limit) => credentials.findThawsDue(now, limit),
        list: (filter) => credentials.list(filter),
        count: (filter) => credentials.count(filter),
        listDigests: (after, limit) => credentials.listDigests(after, limit),
        listWithoutEnd: late((before, limit) => {
          self.listed += 1;
          return credentials.listWithoutEnd(before, limit);
        }),
        countOlderThan: (kinds, lifeMs, now) => credentials.countOlderThan(kinds, lifeMs, now),
        countOf: (kinds, lifeMs, now) => credentials.countOf(kinds, lifeMs, now),
      },
      accounts: {
        findById: late((id) => accounts.findById(id)),
        findByUsername: (username) => accounts.findByUsername(username),
        list: (page) => accounts.list(page),
        administrators: () => accounts.administrators(),
        countAdministrators: () => accounts.countAdministrators(),
        count: () => accounts.count(),
        countOf: (filter) => accounts.countOf(filter),
        withGrantOn: (type, name) => accounts.withGrantOn(type, name),
        isNamespaceGranted: (namespace) => accounts.isNamespaceGranted(namespace),
      },
      sharedGrants: { sharedGrants: late((set) => sharedGrants.sharedGrants(set)) },
    },
    write: (job) => store.write(job),
    keyAudit: (mac) => store.keyAudit(mac),
    onChange: (listener) => {
      listeners.push(listener);
      store.onChange(listener);
    },
    isOnlyWriter: store.isOnlyWriter,
    hearsChanges: () => self.hears,
    collectReceipt: () => store.collectReceipt(),
    vitals: store.vitals,
    ping: () => store.ping(),
    close: () => store.close(),
  };
  const count = <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    self.asked += 1;
    return answer;
  };
  return self;
}
