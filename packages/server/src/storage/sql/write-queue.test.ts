import { expect, it } from "vitest";
import { TIMED } from "../../testing/cost.ts";
import { WriteQueue } from "./write-queue.ts";

const NEVER = () => false;

it("a write that follows another at once is not forgotten", async () => {
  let commits = 0;
  const queue = new WriteQueue<null>(async (work) => {
    await work({ writes: null, foresee: async () => undefined, isolate: (job) => job(null) });
    commits += 1;
  }, NEVER);
  for (let at = 0; at < 50; at += 1) {
    expect(await queue.run(async () => at)).toBe(at);
  }
  await queue.idle();
  expect(commits).toBe(50);
});

// As over HTTP: requests come one by one, and those that come while a commit blocks the loop are read only
// after it.
it("writes that come while a commit blocks the loop share the next one", TIMED, async () => {
  let commits = 0;
  const queue = new WriteQueue<null>(async (work) => {
    await work({ writes: null, foresee: async () => undefined, isolate: (job) => job(null) });
    const until = performance.now() + 20;
    while (performance.now() < until);
    commits += 1;
  }, NEVER);
  const arrivals = Array.from(
    { length: 20 },
    (_, at) =>
      new Promise((resolve) => {
        setTimeout(() => resolve(queue.run(async () => at)), at);
      }),
  );
  await Promise.all(arrivals);
  expect(commits).toBeLessThan(10);
});
