import { expect, it } from "vitest";
import { WriteQueue } from "./write-queue.ts";

it("a write that follows another at once is not forgotten", async () => {
  let commits = 0;
  const queue = new WriteQueue<null>(async (work) => {
    await work({ writes: null, isolate: (job) => job(null) });
    commits += 1;
  });
  for (let at = 0; at < 50; at += 1) {
    expect(await queue.run(async () => at)).toBe(at);
  }
  await queue.idle();
  expect(commits).toBe(50);
});
