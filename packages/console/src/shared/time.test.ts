import { describe, expect, test } from "vitest";
import { durationMs, durationWords, relative } from "./time.tsx";

const NOW = Date.UTC(2026, 1, 3, 12);
const after = (ms: number) => new Date(NOW + ms).toISOString();
const MINUTE = 60_000;
const DAY = 86_400_000;

describe("a moment next to the present one", () => {
  test.for([
    [0, "just now"],
    [-59_000, "just now"],
    [59_000, "in less than a minute"],
    [-MINUTE, "1 minute ago"],
    [90 * MINUTE, "in 1 hour"],
    [-DAY, "yesterday"],
    [DAY, "tomorrow"],
    [-400 * DAY, "last year"],
    // Set to 30 days and looked at a moment later, it is still 30 days away.
    [30 * DAY - 2_000, "in 30 days"],
    [45 * DAY, "next month"],
  ] as const)("%i ms away is %s", ([ms, words]) => {
    expect(relative(after(ms), NOW)).toBe(words);
  });
});

describe("a duration as the options write it", () => {
  test("is said in words, in the singular for one", () => {
    expect(["1d", "30d", "12h", "2w", "never"].map(durationWords)).toEqual([
      "1 day",
      "30 days",
      "12 hours",
      "2 weeks",
      "never",
    ]);
  });

  test("is counted in milliseconds, and never is null", () => {
    expect(["90s", "15m", "2h", "7d", "1w"].map(durationMs)).toEqual([
      90_000,
      15 * MINUTE,
      120 * MINUTE,
      7 * DAY,
      7 * DAY,
    ]);
    expect(durationMs("never")).toBeNull();
  });
});
