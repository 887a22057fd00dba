import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { alterDatabase } from "../../testing/stores.ts";

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

  test("is for administrators and auditors, and wants a sequence that is one", async () => {
    expect((await check("", await hub.logIn("ada"))).statusCode).toBe(403);
    expect((await check("?after=x")).json()).toMatchObject({ code: "malformed_request", field: "after" });
    expect((await check("?after=999")).statusCode).toBe(404);
  });
});
