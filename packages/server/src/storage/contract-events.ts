import { expect, test } from "vitest";
import type { Notice } from "../core/mail/mail.ts";
import type { Store } from "../core/store.ts";
import type { Delivery, Webhook } from "../core/webhook/webhook.ts";
import { addAccount, DAY_MS, ended, insert, NOW, newCredential } from "./contract-samples.ts";

const DAY = Math.floor(NOW / DAY_MS);

const webhookOf = (id: string): Webhook => ({
  id,
  url: "https://receiver.example/hook",
  events: ["credential.issued", "*"],
  description: "日本",
  state: "active",
  sealedSecret: Buffer.from([0, 1, 2, 255]),
  former: null,
  toldSeq: 7,
  createdAt: NOW,
});

const deliveryOf = (id: string, change: Partial<Delivery> = {}): Delivery => ({
  id,
  webhookId: "w1",
  type: "credential.issued",
  seq: 8,
  body: '{"type":"credential.issued"}',
  state: "pending",
  status: null,
  attempt: 0,
  ms: null,
  dueAt: NOW,
  createdAt: NOW,
  ...change,
});

const noticeOf = (id: string, change: Partial<Notice> = {}): Notice => ({
  id,
  accountId: "a1",
  credentialId: "c1",
  cause: "expiring",
  deadline: NOW + 7 * DAY_MS,
  threshold: "7d",
  createdAt: NOW,
  ...change,
});

/** The contract of every store for what the hub tells: webhooks, warnings and mail. */
export function eventsContract(openStore: () => Promise<Store>): void {
  webhooksContract(openStore);
  warningsContract(openStore);
  mailContract(openStore);
}

function webhooksContract(openStore: () => Promise<Store>): void {
  test("a webhook comes back as it went in and as it was changed, and goes with its deliveries", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.webhooks.insert(webhookOf("w1"));
      await writes.webhooks.insert(webhookOf("w2"));
      await writes.webhooks.insertDelivery(deliveryOf("d1"));
    });
    const former = { sealedSecret: Buffer.from([9]), until: NOW + DAY_MS };
    const change = { state: "failing", description: null, former, events: ["*"], toldSeq: 9 } as const;
    await store.write((writes) => writes.webhooks.update("w1", change));

    expect(await store.read.webhooks.find("w1")).toEqual({ ...webhookOf("w1"), ...change });
    expect(await store.read.webhooks.find("w2")).toEqual(webhookOf("w2"));
    expect((await store.read.webhooks.list()).map(({ id }) => id).sort()).toEqual(["w1", "w2"]);
    expect(await store.write((writes) => writes.webhooks.remove("w1"))).toBe(true);
    expect(await store.write((writes) => writes.webhooks.remove("w1"))).toBe(false);
    expect(await store.read.webhooks.findDelivery("w1", "d1")).toBeNull();
    expect(await store.read.webhooks.find("w2")).not.toBeNull();
  });

  test("deliveries are due by the clock, the longest waiting first, each for its own webhook", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.webhooks.insert(webhookOf("w1"));
      await writes.webhooks.insert(webhookOf("w2"));
      await writes.webhooks.insertDelivery(deliveryOf("d1", { dueAt: NOW + 2 }));
      await writes.webhooks.insertDelivery(deliveryOf("d2", { dueAt: NOW + 1 }));
      await writes.webhooks.insertDelivery(deliveryOf("d3", { webhookId: "w2", dueAt: NOW + 5 }));
    });
    const { webhooks } = store.read;
    const due = async (now: number) => (await webhooks.dueDeliveries("w1", now, 10)).map(({ id }) => id);

    expect(await webhooks.webhooksWithWork(NOW, 10)).toEqual([]);
    expect(await due(NOW + 1)).toEqual(["d2"]);
    expect(await due(NOW + 2)).toEqual(["d2", "d1"]);
    expect([...(await webhooks.webhooksWithWork(NOW + 9, 10))].sort()).toEqual(["w1", "w2"]);
    expect(await webhooks.findDelivery("w2", "d1")).toBeNull();
    const done = { state: "delivered", status: 204, attempt: 1, ms: 12, dueAt: null } as const;
    await store.write((writes) => writes.webhooks.updateDelivery("d2", done));
    expect(await webhooks.findDelivery("w1", "d2")).toEqual(deliveryOf("d2", done));
    await store.write((writes) => writes.webhooks.failPending("w1"));
    expect(await webhooks.findDelivery("w1", "d1")).toMatchObject({ state: "failed", dueAt: null });
    expect(await webhooks.findDelivery("w1", "d2")).toMatchObject({ state: "delivered" });
    expect(await due(NOW + 9)).toEqual([]);
  });

  test("of finished deliveries the newest are kept, and none that still waits is removed", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.webhooks.insert(webhookOf("w1"));
      await writes.webhooks.insertDelivery(deliveryOf("d0"));
      for (const id of ["d1", "d2", "d3", "d4"]) {
        await writes.webhooks.insertDelivery(deliveryOf(id, { state: "delivered", dueAt: null }));
      }
    });

    expect(await store.write((writes) => writes.webhooks.purgeDeliveries("w1", 2))).toBe(2);

    const kept = await store.read.webhooks.deliveries("w1", 10);
    expect(kept.map(({ id }) => id)).toEqual(["d4", "d3", "d0"]);
    expect((await store.read.webhooks.deliveries("w1", 1)).map(({ id }) => id)).toEqual(["d4"]);
  });
}

function warningsContract(openStore: () => Promise<Store>): void {
  test("credentials whose warning is due are walked through in pages, by their ends", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const add = async (change: { expiresAt?: number; idleMs?: number }) => {
      const credential = { ...newCredential(owner, "personal_token"), createdAt: NOW - 1_000, ...change };
      await insert(store, credential);
      return credential.id;
    };
    const late = await add({ expiresAt: NOW + 20 });
    const soon = await add({ expiresAt: NOW + 10 });
    const gone = await add({ expiresAt: NOW + 15 });
    const idle = await add({ idleMs: 2_000 });
    await add({ idleMs: 9_000 });
    await add({});
    await store.write((writes) => writes.credentials.end(gone, ended("revoked")));
    const { warnings } = store.read;
    const ids = (found: readonly { readonly credential: { readonly id: string } }[]) =>
      found.map(({ credential }) => credential.id);
    const page = { now: NOW, beforeMs: [5, 20], limit: 1 };

    const [first] = await warnings.expiring({ ...page, after: null });
    expect(first).toMatchObject({
      credential: { id: soon },
      given: null,
      place: { key: NOW + 10, id: soon },
    });
    const [second] = await warnings.expiring({ ...page, after: first?.place ?? null });
    expect(second?.credential.id).toBe(late);
    expect(await warnings.expiring({ ...page, after: second?.place ?? null })).toEqual([]);
    expect(ids(await warnings.expiring({ ...page, beforeMs: [10], limit: 9, after: null }))).toEqual([soon]);
    expect(await warnings.expiring({ ...page, now: NOW + 20, after: null })).toEqual([]);
    const later = { now: NOW + 600, limit: 9 };
    const disused = await warnings.endingByDisuse({ ...later, shares: [0.5, 0.9], after: null });
    expect(ids(disused)).toEqual([idle]);
    const [last] = disused;
    expect(await warnings.endingByDisuse({ ...later, shares: [0.5], after: last?.place ?? null })).toEqual(
      [],
    );
    expect(await warnings.endingByDisuse({ ...later, shares: [0.9], after: null })).toEqual([]);
    // A threshold as long as the whole life would warn at once.
    expect(await warnings.expiring({ ...page, beforeMs: [2_000], after: null })).toEqual([]);
  });

  // In the last month before their ends these may be most credentials, at each run of the job.
  test("a credential is not read again for a warning that was given", async () => {
    const store = await openStore();
    const owner = await addAccount(store);
    const old = { createdAt: NOW - 1_000 };
    const fixed = { ...newCredential(owner, "personal_token"), ...old, expiresAt: NOW + 20 };
    const idle = { ...newCredential(owner, "personal_token"), ...old, idleMs: 2_000 };
    await insert(store, fixed);
    await insert(store, idle);
    await store.write(async (writes) => {
      await writes.warnings.remember(fixed.id, "expiring", { deadline: NOW + 20, beforeMs: 20 });
      await writes.warnings.remember(idle.id, "idle", { deadline: NOW + 1_000, beforeMs: 1_000 });
    });
    const { warnings } = store.read;
    const expiring = (now: number) => warnings.expiring({ now, beforeMs: [5, 20], after: null, limit: 9 });
    const disused = (now: number) =>
      warnings.endingByDisuse({ now, shares: [0.5, 0.9], after: null, limit: 9 });

    expect([(await expiring(NOW)).length, (await expiring(NOW + 15)).length]).toEqual([0, 1]);
    expect([(await disused(NOW + 600)).length, (await disused(NOW + 950)).length]).toEqual([0, 1]);
  });

  test("of each credential and cause the last warning is remembered, until its deadline is long past", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.warnings.remember("c1", "expiring", { deadline: NOW, beforeMs: 7 * DAY_MS });
      await writes.warnings.remember("c1", "expiring", { deadline: NOW, beforeMs: DAY_MS });
      await writes.warnings.remember("c1", "idle", { deadline: NOW + 5, beforeMs: 9 });
      await writes.warnings.remember("c2", "expiring", { deadline: NOW + 9, beforeMs: 9 });
    });

    expect(await store.read.warnings.given("c1", "expiring")).toEqual({ deadline: NOW, beforeMs: DAY_MS });
    expect(await store.read.warnings.given("c2", "idle")).toBeNull();
    expect(await store.write((writes) => writes.warnings.purgeBefore(NOW + 9, 1))).toBe(1);
    expect(await store.write((writes) => writes.warnings.purgeBefore(NOW + 9, 9))).toBe(1);
    expect(await store.read.warnings.given("c1", "idle")).toBeNull();
    expect(await store.read.warnings.given("c2", "expiring")).not.toBeNull();
  });
}

function mailContract(openStore: () => Promise<Store>): void {
  const moment = { now: NOW, today: DAY, nextDayAt: (DAY + 1) * DAY_MS, limit: 10 };

  test("a person with notices has mail, unless an attempt is put off or one went out today", async () => {
    const store = await openStore();
    await store.write(async (writes) => {
      await writes.mail.addNotice(noticeOf("n2"));
      await writes.mail.addNotice(noticeOf("n1"));
      await writes.mail.addNotice(noticeOf("n3", { accountId: "a2" }));
    });
    const people = (change: Partial<typeof moment> = {}) =>
      store.read.mail.peopleWithMail({ ...moment, ...change });
    const box = { accountId: "a1", mailedDay: null, attempt: 1, dueAt: NOW + 60_000, sending: ["n1", "n2"] };

    expect(await people()).toEqual(["a1", "a2"]);
    expect(await people({ limit: 1 })).toEqual(["a1"]);
    expect((await store.read.mail.noticesOf("a1", 10)).map(({ id }) => id)).toEqual(["n1", "n2"]);
    expect(await store.read.mail.noticesOf("a1", 1)).toEqual([noticeOf("n1")]);
    await store.write((writes) => writes.mail.saveMailbox(box));
    expect(await store.read.mail.mailbox("a1")).toEqual(box);
    expect(await people()).toEqual(["a2"]);
    expect(await people({ now: NOW + 60_000 })).toEqual(["a1", "a2"]);

    const mailed = { ...box, mailedDay: DAY, attempt: 0, dueAt: NOW, sending: null };
    await store.write(async (writes) => {
      await writes.mail.removeNotices(["n1", "n2"]);
      await writes.mail.saveMailbox(mailed);
      await writes.mail.addNotice(noticeOf("n4"));
    });
    expect(await people()).toEqual(["a2"]);
    expect(await people({ today: DAY + 1, nextDayAt: (DAY + 2) * DAY_MS })).toEqual(["a2", "a1"]);
    await store.write((writes) => writes.mail.addNotice(noticeOf("n5", { deadline: NOW + 60_000 })));
    expect(await people()).toEqual(["a2", "a1"]);
  });

  test("what a person wants no mail about is kept apart from how far the mail has come", async () => {
    const store = await openStore();
    await store.write((writes) => writes.mail.mute("a1", ["idle"]));
    const box = { accountId: "a1", mailedDay: DAY, attempt: 2, dueAt: NOW, sending: null };
    await store.write((writes) => writes.mail.saveMailbox(box));

    expect(await store.read.mail.mutedCauses("a1")).toEqual(["idle"]);
    expect(await store.read.mail.mailbox("a1")).toEqual(box);
    expect(await store.read.mail.mutedCauses("a2")).toEqual([]);
    await store.write((writes) => writes.mail.mute("a1", []));
    expect(await store.read.mail.mutedCauses("a1")).toEqual([]);
  });
}
