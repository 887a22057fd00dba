import { expect, test } from "vitest";
import { rangesOf } from "./collection-ranges.ts";

test("every collection is in one range, in order, and no range is much larger than asked", () => {
  const counts = [5, 1, 1, 9, 30, 2, 2].map((count) => ({ count }));

  const ranges = rangesOf(counts, 10).map((range) => range.map(({ count }) => count));

  expect(ranges).toEqual([[5, 1, 1, 9], [30], [2, 2]]);
});

test("no collection makes no range", () => {
  expect(rangesOf([], 10)).toEqual([]);
});
