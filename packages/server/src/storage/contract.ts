import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import type { Credential, CredentialEnd } from "../core/credential/credential.ts";
import type { Kind } from "../core/credential/kinds.ts";
import { HubError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { Digest } from "../core/secret/keyring.ts";
import type { Change, Store } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { findBreak, GENESIS } from "../testing/audit-chain.ts";
import { entropy } from "../testing/entropy.ts";
import { batchesContract } from "./contract-batches.ts";
import { clientsContract } from "./contract-clients.ts";
import { eventsContract } from "./contract-events.ts";
import { jobsContract } from "./contract-jobs.ts";
import { lifeContract } from "./contract-life.ts";
import { linksContract } from "./contract-links.ts";
import { listsContract } from "./contract-lists.ts";
import { loginsContract } from "./contract-logins.ts";
import { nodesContract } from "./contract-nodes.ts";
import {
  addAccount,
  clock,
  DAY_MS,
  ended,
  entry,
  insert,
  NOW,
  newAccount,
  newCredential,
  scopes,
} from "./contract-samples.ts";
import { setsContract } from "./contract-sets.ts";
import { statisticsContract } from "./contract-statistics.ts";
import { teamsContract } from "./contract-teams.ts";

export interface StoreContract {
  /**
   * Opens the same empty database each time within a test; a second call gives a second opening of it, where
   * several may be open.
   */
  open(clock: Clock): Promise<Store>;
  /** May two stores be open on one database at once? */
  readonly shared: boolean;
  /** Called after each test. */
  reset(): Promise<void>;
}

/** The contract of every store, whatever its database. */
export function storeContract(contract: StoreContract): void {
  const open: Store[] = [];

  async function openStore(): Promise<Store> {
    const store = await contract.open(clock);
    open.push(store);
    return store;
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
    await contract.reset();
  });

  test("an account is found by its name in any case, and its name is free again once it is deleted", async () => {
    const store = await openStore();
    const ada = await store.write((writes) => writes.accounts.insert(newAccount("Ada")));

    expect((await store.read.accounts.findByUsername("aDA"))?.id).toBe(ada.id);
    await expect(store.write((writes) => writes.accounts.insert(newAccount("ADA")))).rejects.toMatchObject({
      code: "user_exists",
    });
    await store.write((writes) => writes.accounts.markDeleted(ada.id, NOW));
    const again = await store.write((writes) => writes.accounts.insert(newAccount("ada")));
    expect(again.id).not.toBe(ada.id);
    expect(again.number).toBeGreaterThan(ada.number);
    expect(await store.read.accounts.findById(ada.id)).toBeNull();
  });

  test("accounts keep what they were given, and lists go by name", async () => {
    const store = await openStore();
    const made = await store.write((writes) =>
      writes.accounts.insert({
        ...newAccount("bob"),
        role: "auditor",
        displayName: "Bob ☂",
        email: "bob@example.test",
      }),
    );
    await store.write(async (writes) => {
      await writes.accounts.insert(newAccount("carol"));
      await writes.accounts.insert(newAccount("Abe"));
      await writes.accounts.update(made.id, { disabled: true, passwordHash: "phc", epoch: 3 });
      await writes.accounts.setGrants(
        made.id,
        scopes("repository:acme/*:pull", "collection:acme.*:upload,download"),
      );
    });

    const bob = await store.read.accounts.findById(made.id);
    expect(bob).toMatchObject({
      displayName: "Bob ☂",
      role: "auditor",
      disabled: true,
      passwordHash: "phc",
      epoch: 3,
    });
    expect(bob?.grants).toEqual(scopes("repository:acme/*:pull", "collection:acme.*:upload,download"));
    expect(await store.read.accounts.isNamespaceGranted("acme")).toBe(true);
    expect(await store.read.accounts.isNamespaceGranted("acm")).toBe(false);
    const first = await store.read.accounts.list({ limit: 2 });
    const rest = await store.read.accounts.list({ limit: 2, after: "bob" });
    expect([...first, ...rest].map((account) => account.username)).toEqual(["Abe", "bob", "carol"]);
    expect(await store.read.accounts.count()).toBe(3);
    expect(await store.read.accounts.countAdministrators()).toBe(0);
  });

  test("a credential comes back as it went in, by digest and by id", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const whole: Credential = {
      ...newCredential(owner, "app_token"),
      title: "ünïcode 🎟",
      scopes: scopes("repository:team/app:pull,push"),
      clientId: "client",
      expiresAt: NOW + DAY_MS,
      idleMs: 5000,
      lastUse: { at: NOW - 1, address: "2001:db8::1", agent: "curl/8" },
      sealedSecret: randomBytes(80),
    };
    await insert(store, whole);

    expect(await store.read.credentials.findById(whole.id)).toEqual(whole);
    expect(await store.read.credentials.findByDigest(Digest.of(1, whole.digest))).toEqual(whole);
    expect(await store.read.credentials.findByDigest(Digest.of(2, whole.digest))).toBeNull();
    expect(await store.read.credentials.findByDigest(Digest.of(1, randomBytes(32)))).toBeNull();
  });

  test("the slot of an active credential is unique by the database's own promise, and free once its credential has ended", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const first = newCredential(owner, "hub_token");
    await insert(store, first);

    await expect(insert(store, newCredential(owner, "hub_token"))).rejects.toThrow();
    await insert(store, { ...newCredential(owner, "instance_key"), instance: "a" });
    await insert(store, { ...newCredential(owner, "instance_key"), instance: "b" });
    await store.write((writes) => writes.credentials.end(first.id, ended("revoked")));
    const second = newCredential(owner, "hub_token");
    await insert(store, second);
    expect((await store.read.credentials.findInSlot(owner.id, "hub_token"))?.id).toBe(second.id);
  });

  test("an end is written once and stays as it was first", async () => {
    const store = await openStore();
    const credential = newCredential(await addAccount(store), "app_token");
    await insert(store, credential);
    const end = (reason: CredentialEnd["reason"]) =>
      store.write((writes) => writes.credentials.end(credential.id, ended(reason)));

    expect([await end("revoked"), await end("expired")]).toEqual([true, false]);
    expect((await store.read.credentials.findById(credential.id))?.end).toEqual(ended("revoked"));
  });

  test("a job that fails leaves nothing behind, and its neighbours in the same commit are kept", async () => {
    const store = await openStore();
    const heard: Change[] = [];
    store.onChange((change) => heard.push(change));
    const attempts = ["a", "b", "c"].map((name) =>
      store.write(async (writes) => {
        const account = await writes.accounts.insert(newAccount(name));
        writes.announce({ of: "account", accountId: name });
        await writes.audit.append(entry(account));
        if (name === "b") {
          throw new HubError("forbidden");
        }
      }),
    );

    const results = await Promise.allSettled(attempts);

    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await store.read.accounts.list({ limit: 10 })).map((account) => account.username)).toEqual([
      "a",
      "c",
    ]);
    // Once by the node itself and perhaps once more by the database: delivery is at least once.
    const told = new Set(heard.map((change) => (change.of === "account" ? change.accountId : null)));
    expect([...told]).toEqual(["a", "c"]);
    expect((await store.read.audit.after(0, 10)).map((event) => event.seq)).toEqual([1, 2]);
  });

  test("a job that breaks a unique index does not take its neighbours with it", async () => {
    const store = await openStore();
    const results = await Promise.allSettled(
      ["x", "X", "y"].map((name) => store.write((writes) => writes.accounts.insert(newAccount(name)))),
    );

    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("a hundred changes at once make one gap-free, unbroken chain of audit events", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.write((writes) =>
          writes.audit.append({ ...entry(owner), details: { index, z: 1, a: [null, { y: "é", x: 2 }] } }),
        ),
      ),
    );

    const events = await store.read.audit.after(0, 200);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(findBreak(GENESIS, events)).toBeNull();
    const forged = events.map((event) => (event.seq === 42 ? { ...event, actor: "somebody else" } : event));
    expect(findBreak(GENESIS, forged)).toBe(42);
    expect(
      findBreak(
        GENESIS,
        events.filter((event) => event.seq !== 17),
      ),
    ).toBe(17);
  });

  test("audit events are listed newest first and by what they are about", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    for (const action of ["account.create", "credential.issue", "credential.revoke"] as const) {
      await store.write((writes) => writes.audit.append({ ...entry(owner), action, credentialId: action }));
    }
    const list = (filter: object) => store.read.audit.list({ limit: 10, ...filter });

    expect((await list({})).map((event) => event.seq)).toEqual([3, 2, 1]);
    expect((await list({ before: 3, limit: 1 })).map((event) => event.seq)).toEqual([2]);
    expect((await list({ action: "credential.issue" })).map((event) => event.seq)).toEqual([2]);
    expect((await list({ credentialId: "credential.revoke" })).map((event) => event.seq)).toEqual([3]);
    expect(await list({ actor: "nobody" })).toEqual([]);
  });

  test("what has lapsed is found by the clock alone", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const made = {
      expired: { ...newCredential(owner, "app_token"), expiresAt: NOW },
      lasting: { ...newCredential(owner, "app_token"), expiresAt: NOW + 1 },
      idle: { ...newCredential(owner, "offline_token"), createdAt: NOW - 10, idleMs: 10 },
      used: {
        ...newCredential(owner, "offline_token"),
        createdAt: NOW - 10,
        idleMs: 10,
        lastUse: { at: NOW - 9, address: null, agent: null },
      },
      forever: newCredential(owner, "app_token"),
    };
    for (const credential of Object.values(made)) {
      await insert(store, credential);
    }

    const lapsed = await store.write((writes) => writes.credentials.findLapsed(NOW, 10));

    expect(new Set(lapsed.map((one) => one.id))).toEqual(new Set([made.expired.id, made.idle.id]));
    const ids = async (state: "active" | "expired") =>
      new Set((await store.read.credentials.list({ state, limit: 10, now: NOW })).map((one) => one.id));
    expect(await ids("expired")).toEqual(new Set([made.expired.id, made.idle.id]));
    expect(await ids("active")).toEqual(new Set([made.lasting.id, made.used.id, made.forever.id]));
  });

  test("a changed option moves what lives by it, and neither the dead nor what asked for its own", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const key = newCredential(owner, "platform_key");
    const own = { ...newCredential(owner, "instance_key"), instance: "a", expiresAt: NOW + 5 };
    const dead = { ...newCredential(owner, "offline_token"), idleMs: 7, end: ended("inactive") };
    const offline = { ...newCredential(owner, "offline_token"), idleMs: 7 };
    const strict = { ...newCredential(owner, "offline_token"), idleMs: 8 };
    const lax = { ...newCredential(owner, "offline_token"), idleMs: 100 };
    await insert(store, key);
    await insert(store, own, { expiresOwn: true });
    await insert(store, dead);
    await insert(store, offline);
    await insert(store, strict, { idleOwn: true });
    await insert(store, lax, { idleOwn: true });
    await store.write(async (writes) => {
      await writes.credentials.reschedule("platform_key", DAY_MS);
      await writes.credentials.reschedule("instance_key", DAY_MS);
      await writes.credentials.setIdle("offline_token", 99);
    });

    const find = async (credential: Credential) => await store.read.credentials.findById(credential.id);
    expect((await find(key))?.expiresAt).toBe(key.createdAt + DAY_MS);
    expect((await find(own))?.expiresAt).toBe(NOW + 5);
    expect((await find(dead))?.idleMs).toBe(7);
    expect((await find(offline))?.idleMs).toBe(99);
    expect((await find(strict))?.idleMs).toBe(8);
    // A credential that asked for its own expiry keeps it, but not beyond a stricter option.
    expect((await find(lax))?.idleMs).toBe(99);
    expect(await store.read.credentials.countOlderThan(["platform_key", "instance_key"], 1, NOW + 1)).toBe(2);
    expect(await store.read.credentials.countOlderThan(["platform_key"], DAY_MS, NOW)).toBe(0);
  });

  test("everything of an owner, an instance or a client ends together, and is returned as it was", async () => {
    const store = await openStore();
    const [ada, bob] = [await addAccount(store), await addAccount(store)];
    const mine = newCredential(ada, "app_token");
    const theirs = { ...newCredential(bob, "instance_key"), instance: "sales" };
    const byClient = { ...newCredential(bob, "personal_token"), clientId: "app" };
    for (const credential of [mine, theirs, byClient]) {
      await insert(store, credential);
    }
    const endWhere = async (filter: {
      ownerId?: string;
      kind?: Kind;
      instance?: string;
      clientId?: string;
    }) =>
      (await store.write((writes) => writes.credentials.endWhere(filter, ended("revoked"), 100))).map(
        (one) => one.id,
      );

    expect(await endWhere({})).toEqual([]);
    expect(await endWhere({ kind: "app_token" })).toEqual([]);
    expect(await endWhere({ ownerId: ada.id, kind: "offline_token" })).toEqual([]);
    expect(await endWhere({ ownerId: ada.id, kind: "app_token" })).toEqual([mine.id]);
    expect(await endWhere({ instance: "sales" })).toEqual([theirs.id]);
    expect(await endWhere({ clientId: "app" })).toEqual([byClient.id]);
    expect(await endWhere({ ownerId: ada.id })).toEqual([]);
  });

  test("a use moves forward and never back, and days are counted", async () => {
    const store = await openStore();
    const credential = newCredential(await addAccount(store), "app_token");
    await insert(store, credential);
    const use = (at: number) =>
      store.write(async (writes) => {
        await writes.credentials.recordUses([
          { id: credential.id, use: { at, address: "192.0.2.1", agent: `at ${at}` } },
        ]);
        await writes.usage.addDaily([{ credentialId: credential.id, day: 20_000, count: 3 }]);
      });
    await use(NOW + 5);
    await use(NOW + 3);

    expect((await store.read.credentials.findById(credential.id))?.lastUse).toMatchObject({
      at: NOW + 5,
      agent: `at ${NOW + 5}`,
    });
    expect(await store.read.usage.daily(credential.id, 20_000)).toEqual([
      { credentialId: credential.id, day: 20_000, count: 6 },
    ]);
    expect(await store.read.usage.daily(credential.id, 20_001)).toEqual([]);
  });

  test("tombstones are thrown away when their time has come, active ones never", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const [old, recent, living] = [0, 1, 2].map(() => newCredential(owner, "app_token")) as [
      Credential,
      Credential,
      Credential,
    ];
    await insert(store, { ...old, end: { at: NOW - 10, reason: "revoked", note: null } });
    await insert(store, { ...recent, end: { at: NOW, reason: "revoked", note: null } });
    await insert(store, living);

    expect(await store.write((writes) => writes.credentials.purgeEndedBefore(NOW, 10))).toBe(1);
    expect(await store.read.credentials.findById(old.id)).toBeNull();
    expect(await store.read.credentials.findById(recent.id)).not.toBeNull();
  });

  test("sealed copies are erased by kind, and with the end of their credential", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const sealed = () => ({ ...newCredential(owner, "app_token"), sealedSecret: randomBytes(8) });
    const [kept, revoked] = [sealed(), sealed()];
    await insert(store, kept);
    await insert(store, revoked);

    await store.write((writes) => writes.credentials.end(revoked.id, ended("revoked")));
    expect((await store.read.credentials.findById(revoked.id))?.sealedSecret).toBeNull();
    expect(await store.write((writes) => writes.credentials.eraseSealed("app_token"))).toBe(1);
    expect((await store.read.credentials.findById(kept.id))?.sealedSecret).toBeNull();
  });

  test("sessions are found by digest and go with their account or their time", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const digest = Digest.of(1, randomBytes(32));
    const session = {
      id: newId(clock, entropy),
      accountId: owner.id,
      freshAt: NOW,
      createdAt: NOW,
      expiresAt: NOW + 1,
      address: null,
      agent: null,
      externalSid: null,
    };
    await store.write((writes) => writes.sessions.insert(session, digest));

    expect(await store.read.sessions.findByDigest(digest)).toEqual(session);
    await store.write((writes) => writes.sessions.removeExpired(NOW, 10));
    expect(await store.read.sessions.findByDigest(digest)).toEqual(session);
    await store.write((writes) => writes.sessions.removeOfAccount(owner.id));
    expect(await store.read.sessions.findByDigest(digest)).toBeNull();
  });

  test("text that a database cannot hold is kept whole or refused as malformed", async () => {
    const store = await openStore();
    const hostile = ["a\u0000b", "\u0000", "\u001b[31m", "a'b\"c\\d", "\u202e", "\ufffe", "🎟".repeat(500)];
    for (const [at, text] of hostile.entries()) {
      const outcome = await store
        .write((writes) => writes.settings.set(`text ${at}`, text))
        .then(
          () => "kept",
          (error: { code?: string }) => error.code,
        );
      expect(await store.read.settings.get(`text ${at}`)).toBe(outcome === "kept" ? text : null);
      expect(["kept", "malformed_request"]).toContain(outcome);
      const asked = await store.read.credentials.findById(text).then(
        (found) => found,
        (error: { code?: string }) => error.code,
      );
      expect([null, "malformed_request"]).toContain(asked);
    }
  });

  test("what was acknowledged is there when the store is opened again", async () => {
    const store = await openStore();
    await store.write((writes) => writes.settings.set("kept", "yes"));
    await store.close();
    open.splice(0);

    expect(await (await openStore()).read.settings.get("kept")).toBe("yes");
  });

  listsContract(openStore);
  jobsContract(openStore);
  linksContract(openStore);
  teamsContract(openStore);
  batchesContract(openStore);
  setsContract(openStore);
  loginsContract(openStore);
  clientsContract(openStore);
  statisticsContract(openStore);
  lifeContract(openStore);
  eventsContract(openStore);

  // Only one process may write to an SQLite file; several nodes are what the other database is for.
  if (contract.shared) {
    nodesContract(openStore);
  }
}
