import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import { anonymousCaller } from "../caller.ts";

const nobody = anonymousCaller({ address: null, agent: "test" });
const MANY = 1_000;
let hub: Harness;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada");
  const ada = await hub.hub.accounts.get("ada");
  await addManyCredentials(hub.context.store, ada, MANY, hub.clock);
});

afterAll(() => hub.close());

/** How often the event loop comes round while the work is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) {
      setImmediate(turn);
    }
  };
  setImmediate(turn);
  await work;
  done = true;
  return turns;
}

// The store is synchronous on SQLite: an await does not let the loop come round, and everybody else would
// wait until the end.
test("others are answered while an account with many credentials is disabled, and while the audit is checked", async () => {
  const disabling = hub.hub.accounts.update("ada", { disabled: true }, nobody);
  expect(await turnsDuring(disabling)).toBeGreaterThan(MANY / 100);

  const checking = hub.hub.audit.check({ after: 0, limit: 100_000 });
  expect(await turnsDuring(checking)).toBeGreaterThanOrEqual(MANY / 200);

  const { intact, complete, sequence } = await checking;
  expect([intact, complete]).toEqual([true, true]);
  expect(sequence).toBeGreaterThan(MANY);
  const active = await hub.hub.credentials.list({ state: "active", limit: 1 });
  expect(active).toEqual([]);
});
