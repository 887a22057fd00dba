import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditAction, chainEvent, GENESIS_HASH, SYSTEM } from "../../core/audit/events.ts";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { alterDatabase, openSqliteIn } from "../../testing/stores.ts";

const nobody = anonymousCaller({ address: null, agent: "test" });

describe("the check of the audit log", () => {
  let hub: Harness;
  let auditor: string;

  beforeEach(async () => {
    hub = await createHarness();
    await hub.addUser("watch", { role: "auditor" });
    await hub.addUser("ada");
    for (let count = 0; count < 5; count += 1) {
      await hub.issue("ada", "personal_token");
    }
    auditor = await hub.logIn("watch");
  });

  afterEach(() => hub.close());

  const check = async (query = "", bearer = auditor) =>
    hub.call({ url: `/api/mintmark/v1/audit/check${query}`, bearer });
  const alter = (sql: string) => alterDatabase(join(hub.directory, "mintmark.sqlite"), sql);

  test("finds it whole, and names the last event", async () => {
    const [last] = await hub.context.store.read.audit.list({ limit: 1 });
    expect((await check()).json()).toEqual({
      intact: true,
      brokenAt: null,
      keyedFrom: 1,
      complete: true,
      sequence: last?.seq,
      hash: last?.hash,
      gaps: [],
    });
    expect((await check(`?after=${(last?.seq ?? 0) - 1}`)).json()).toMatchObject({ hash: last?.hash });
    await hub.hub.accounts.setGrants("ada", [], nobody);
    expect((await check(`?after=${last?.seq}`)).json()).toMatchObject({
      intact: true,
      sequence: (last?.seq ?? 0) + 1,
    });
  });

  test.each([
    ["changed", "update audit_events set actor = 'eve' where seq = 3", 3],
    ["taken out", "delete from audit_events where seq = 3", 3],
    ["cut off at the end", "delete from audit_events where seq > 4", 5],
    ["taken away altogether", "delete from audit_events", 1],
  ])("finds where it was %s", async (_, sql, brokenAt) => {
    const before = (await hub.context.store.read.audit.after(brokenAt - 2, 1))[0];
    alter(sql);
    const found = (await check()).json();
    expect(found).toMatchObject({ intact: false, brokenAt, complete: true, sequence: brokenAt - 1 });
    expect(found.hash).toBe(brokenAt === 1 ? "0".repeat(64) : before?.hash);
  });

  // A thief of the database could otherwise compute every hash again, and nobody would notice.
  test("finds a log that was written anew by somebody without the master key", async () => {
    const events = await hub.context.store.read.audit.after(0, 1_000);
    const forge = (from: number) => {
      let head = events[from - 2] ?? { seq: 0, hash: GENESIS_HASH };
      for (const event of events.slice(from - 1)) {
        const owner = event.ownerId === null ? null : { id: event.ownerId, username: event.owner ?? "" };
        const actor = { id: event.actorId, name: "eve", address: event.address, agent: event.agent };
        const entry = { ...event, action: event.action as AuditAction, actor, owner };
        const forged = chainEvent(head, entry, event.at);
        head = forged;
        alter(
          `update audit_events set actor = 'eve', hash = '${forged.hash}', previous_hash = '${forged.previousHash}' where seq = ${event.seq}`,
        );
      }
      alter(`update audit_head set hash = '${head.hash}'`);
    };
    forge(events.length - 1);
    expect((await check()).json()).toMatchObject({ intact: false, brokenAt: events.length - 1 });
    forge(1);
    expect((await check()).json()).toMatchObject({ intact: false, brokenAt: events.length });

    // The next event of the hub itself does not bless what was forged before.
    await hub.hub.accounts.setGrants("ada", [], nobody);
    expect((await check()).json()).toMatchObject({ intact: false, brokenAt: events.length + 1 });
    await hub.restart();
    const again = await hub.logIn("watch");
    expect((await check("", again)).json()).toMatchObject({ intact: false, brokenAt: events.length + 1 });
  });

  test("takes events of earlier versions up to the event that seals them, and none after it", async () => {
    await hub.close();
    hub = await createHarness({
      // A store as an earlier version left it: three events without a key.
      openStore: async (directory, clock) => {
        const store = await openSqliteIn(directory, clock);
        if ((await store.read.audit.head()).seq === 0) {
          const entry = { action: "key.rotate", actor: SYSTEM, owner: null, credentialId: null } as const;
          for (const count of [1, 2, 3]) {
            await store.write((writes) => writes.audit.append({ ...entry, details: { count } }));
          }
          await store.write((writes) => writes.settings.set("audit-seal", "pending"));
        }
        return store;
      },
    });
    await hub.addUser("watch", { role: "auditor" });
    const whole = await hub.hub.audit.check({ after: 0, limit: 1_000 });
    const [seal] = await hub.context.store.read.audit.after(3, 1);

    expect(seal?.action).toBe("audit.seal");
    expect(whole).toMatchObject({ intact: true, keyedFrom: 4 });
    for (const after of [1, 3, 4]) {
      expect(await hub.hub.audit.check({ after, limit: 1_000 })).toMatchObject({ intact: true });
    }
    expect(await hub.hub.audit.check({ after: 0, limit: 2 })).toMatchObject({
      intact: true,
      complete: false,
    });
    await hub.restart();
    expect(await hub.hub.audit.check({ after: 0, limit: 1_000 })).toMatchObject({
      intact: true,
      keyedFrom: 4,
    });
    alter("update audit_events set actor = 'eve' where seq = 2");
    expect(await hub.hub.audit.check({ after: 0, limit: 1_000 })).toMatchObject({
      intact: false,
      brokenAt: 2,
    });
  });

  test("is for administrators and auditors, and wants a sequence that is one", async () => {
    expect((await check("", await hub.logIn("ada"))).statusCode).toBe(403);
    expect((await check("?after=x")).json()).toMatchObject({ code: "malformed_request", field: "after" });
    expect((await check("?after=999")).statusCode).toBe(404);
  });
});
