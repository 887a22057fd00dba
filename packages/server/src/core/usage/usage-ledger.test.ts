import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHarness, type Harness, MovableClock } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import type { Credential } from "../credential/credential.ts";
import type { Kind } from "../credential/kinds.ts";
import { NEWEST_FIRST } from "../credential/order.ts";
import { HubError } from "../errors.ts";
import type { Store } from "../store.ts";
import { UsageLedger } from "./usage-ledger.ts";

const DAY_MS = 86_400_000;

describe("the ledger of uses", () => {
  let hub: Harness;
  let store: BreakableStore;
  let ledger: UsageLedger;
  let failures: unknown[];

  beforeEach(async () => {
    hub = await createHarness();
    await hub.addUser("ada");
    failures = [];
    store = breakable(hub.context.store);
    ledger = new UsageLedger(store, hub.clock, (error) => failures.push(error));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  afterEach(async () => {
    vi.useRealTimers();
    ledger.stop();
    await hub.close();
  });

  const made = async (kind: Kind, options: { idleMs?: number } = {}): Promise<Credential> => {
    const { id } = await hub.issue("ada", kind, options);
    return stored(id);
  };
  const stored = async (id: string) => (await hub.hub.credentials.find(id)) as Credential;
  const use = (agent = "curl") => ({ at: hub.clock.now(), address: "192.0.2.1", agent });
  const wait = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    // What the timer started is real work on a real store.
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test("many uses of many credentials are one write, and the latest use counts", async () => {
    const [one, other] = [await made("hub_token"), await made("app_token")];
    for (let count = 0; count < 100; count += 1) {
      ledger.record(one, use("first"));
      ledger.record(other, use());
    }
    hub.clock.advance({ seconds: 1 });
    ledger.record(one, use("last"));

    await ledger.flush();

    expect(store.writes).toBe(1);
    expect((await stored(one.id)).lastUse).toEqual({
      at: hub.clock.now(),
      address: "192.0.2.1",
      agent: "last",
    });
    const day = Math.floor(hub.clock.now() / DAY_MS);
    expect(await store.read.usage.daily(one.id, day)).toEqual([{ credentialId: one.id, day, count: 101 }]);
  });

  test("a use is known at once and written within five seconds by itself", async () => {
    const token = await made("hub_token");
    ledger.record(token, use());

    expect(ledger.pendingUse(token.id)?.agent).toBe("curl");
    await wait(4_999);
    expect((await stored(token.id)).lastUse).toBeNull();
    await wait(1);
    expect((await stored(token.id)).lastUse).not.toBeNull();
  });

  // Another node, or this one after a crash, must not think that a token was neglected which was not.
  test("a short idle time shortens the wait to a tenth of it, also when something else is waiting already", async () => {
    const patient = await made("hub_token");
    const brief = await made("offline_token", { idleMs: 10_000 });
    ledger.record(patient, use());
    await wait(500);
    ledger.record(brief, use());

    await wait(1_000);

    expect((await stored(brief.id)).lastUse).not.toBeNull();
  });

  test("a use in the last fifth of an idle time is written at once, and the next ones are in no hurry", async () => {
    const token = await made("offline_token");
    hub.clock.advance({ days: 25 });
    ledger.record(token, use());
    await wait(0);
    expect((await stored(token.id)).lastUse?.at).toBe(hub.clock.now());
    expect(store.writes).toBe(1);

    // The caller's copy does not know of the use that was written meanwhile.
    hub.clock.advance({ hours: 1 });
    ledger.record(token, use());
    await wait(0);

    expect(store.writes).toBe(1);
    expect(ledger.pendingUse(token.id)?.at).toBe(hub.clock.now());
  });

  test("what is noted while a batch is being written goes with the next one, in its own time", async () => {
    const [first, brief] = [await made("hub_token"), await made("offline_token", { idleMs: 10_000 })];
    ledger.record(first, use());
    const flushing = ledger.flush();
    ledger.record(brief, use());
    hub.clock.advance({ seconds: 9 });
    ledger.record(brief, use());

    await flushing;

    expect((await stored(brief.id)).lastUse?.at).toBe(hub.clock.now());
  });

  test("a batch that cannot be written is kept, counted once, and written when the store is back", async () => {
    const token = await made("hub_token");
    store.broken = true;
    ledger.record(token, use("before"));
    await expect(ledger.flush()).rejects.toMatchObject({ code: "store_unavailable" });
    ledger.record(token, use("after"));
    expect(ledger.pendingUse(token.id)?.agent).toBe("after");

    store.broken = false;
    await wait(5_000);

    expect((await stored(token.id)).lastUse?.agent).toBe("after");
    const day = Math.floor(hub.clock.now() / DAY_MS);
    expect(await store.read.usage.daily(token.id, day)).toMatchObject([{ count: 2 }]);
  });

  test("many are written a thousand at a time; what was written before a failure is not counted twice", async () => {
    const owner = await hub.hub.accounts.get("ada");
    await addManyCredentials(hub.context.store, owner, 1_500, hub.clock);
    const { list } = hub.context.store.read.credentials;
    const all: Credential[] = [];
    for (let page = await listFrom(); page.length > 0; page = await listFrom(all.at(-1)?.id)) {
      all.push(...page);
    }
    function listFrom(id?: string) {
      const after = id === undefined ? {} : { after: { key: id, id } };
      return list({ order: NEWEST_FIRST, limit: 500, now: hub.clock.now(), ...after });
    }
    for (const credential of all) {
      ledger.record(credential, use());
    }
    store.writesLeft = 1;
    await expect(ledger.flush()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(store.writes).toBe(2);

    store.writesLeft = Number.POSITIVE_INFINITY;
    await ledger.flush();

    expect(store.writes).toBe(3);
    const day = Math.floor(hub.clock.now() / DAY_MS);
    for (const { id } of [...all.slice(0, 5), ...all.slice(-5)]) {
      expect(await store.read.usage.daily(id, day)).toMatchObject([{ count: 1 }]);
    }
  });

  test("a store that is out of reach is not asked again by every use", async () => {
    const token = await made("offline_token");
    hub.clock.advance({ days: 29 });
    store.broken = true;
    for (let count = 0; count < 50; count += 1) {
      ledger.record(token, use());
      await wait(0);
    }

    expect(store.writes).toBe(1);
    expect(failures).toHaveLength(1);
  });

  test("a use that was written is still known here, so that a copy of the credential from before cannot die of neglect", async () => {
    const token = await made("offline_token");
    hub.clock.advance({ days: 20 });
    ledger.record(token, use());

    await ledger.flush();

    expect(ledger.pendingUse(token.id)?.at).toBe(hub.clock.now());
  });
});

test("a ledger without uses writes nothing", async () => {
  const hub = await createHarness();
  const store = breakable(hub.context.store);
  await new UsageLedger(store, new MovableClock(), () => undefined).flush();
  expect(store.writes).toBe(0);
  await hub.close();
});

interface BreakableStore extends Store {
  broken: boolean;
  /** How many writes succeed before it is out of reach. */
  writesLeft: number;
  writes: number;
}

/** A real store that can be out of reach, and counts. */
function breakable(store: Store): BreakableStore {
  return {
    broken: false,
    writesLeft: Number.POSITIVE_INFINITY,
    writes: 0,
    read: store.read,
    write(job) {
      this.writes += 1;
      this.writesLeft -= 1;
      return this.broken || this.writesLeft < 0
        ? Promise.reject(new HubError("store_unavailable"))
        : store.write(job);
    },
    keyAudit: (mac) => store.keyAudit(mac),
    onChange: (listener) => store.onChange(listener),
    isOnlyWriter: store.isOnlyWriter,
    hearsChanges: () => store.hearsChanges(),
    collectReceipt: () => store.collectReceipt(),
    vitals: store.vitals,
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
