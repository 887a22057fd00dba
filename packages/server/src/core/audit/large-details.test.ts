import { expect, test } from "vitest";
import { createHarness } from "../../testing/harness.ts";
import { SYSTEM } from "./events.ts";

const BYTES = 200_000;

// A change of a thousand grants has half a megabyte of details. A page of two hundred of them would be a
// hundred megabytes, read and written in one turn of the loop.
test("a page of events with large details is short, and the next ones bring all the others", async () => {
  const harness = await createHarness();
  const { hub, context } = harness;
  const details = { text: "x".repeat(BYTES) };
  for (let count = 0; count < 7; count += 1) {
    await context.store.write((writes) =>
      writes.audit.append({
        action: "policy.apply",
        actor: SYSTEM,
        owner: null,
        credentialId: null,
        details,
      }),
    );
  }
  const filter = { action: "policy.apply", since: 0 };
  const total = (await hub.audit.count({ ...filter, limit: 100 })).count;

  const sizes: number[] = [];
  let before: number | undefined;
  do {
    const { events, next } = await hub.audit.page({ ...filter, before, limit: 100 });
    sizes.push(events.length);
    before = next ?? undefined;
  } while (before !== undefined);
  const checked = await hub.audit.check({ after: 0, limit: 100 });

  expect(Math.max(...sizes)).toBeLessThan(4);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
  expect(checked).toMatchObject({ intact: true, complete: true });
  await harness.close();
});
