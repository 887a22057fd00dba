import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TIMED } from "../testing/cost.ts";
import { createHarness, type Harness } from "../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../testing/stores.ts";

describe.each(STORES)("metrics of the store, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let bearer: string;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("ada");
    bearer = await hub.logIn("ada");
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  test(
    "tell how long revocations took, how many nodes live and how old their knowledge is",
    TIMED,
    async () => {
      const before = await metrics();
      const { id } = await hub.issue("ada", "app_token");
      await hub.call({ method: "DELETE", url: `/api/mintmark/v1/credentials/${id}`, bearer });
      const after = await metrics();

      const counted = 'mintmark_revocation_seconds_count{outcome="complete"}';
      expect((after.get(counted) ?? 0) - (before.get(counted) ?? 0)).toBe(1);
      expect(after.get("mintmark_nodes")).toBe(1);
      expect(after.get("mintmark_change_feed_age_seconds")).toBeLessThan(1);
      const writes = "mintmark_commit_writes_sum";
      expect((after.get(writes) ?? 0) - (before.get(writes) ?? 0)).toBeGreaterThanOrEqual(2);
      expect(after.has("nodejs_eventloop_lag_p99_seconds")).toBe(true);
    },
  );

  test("count the batches that uses are written in, by their size", async () => {
    const issued = await Promise.all([1, 2, 3].map(() => hub.issue("ada", "personal_token")));
    await hub.context.usage.flush();
    const before = await metrics();
    await Promise.all(
      issued.map(({ secret }) => hub.call({ url: "/api/mintmark/v1/session", bearer: secret })),
    );
    await hub.context.usage.flush();
    const after = await metrics();

    const difference = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(difference("mintmark_usage_batch_credentials_sum")).toBe(3);
    expect(difference("mintmark_usage_batch_credentials_count")).toBe(1);
  });

  async function metrics(): Promise<Map<string, number>> {
    const lines = (await hub.call({ url: "/metrics" })).body.split("\n");
    return new Map(
      lines
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  }
});
