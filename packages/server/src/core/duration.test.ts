import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

const HOUR = 3_600_000;
const CENTURY = 36_525 * 24 * HOUR;

test("a duration is a whole number and its unit", () => {
  expect(parseDuration("1s")).toBe(1000);
  expect(parseDuration("15m")).toBe(15 * 60_000);
  expect(parseDuration("12h")).toBe(12 * HOUR);
  expect(parseDuration("30d")).toBe(720 * HOUR);
  expect(parseDuration("2w")).toBe(336 * HOUR);
});

test("never is a span without an end", () => {
  expect(parseDuration("never")).toBeNull();
  expect(formatDuration(null)).toBe("never");
});

test.each([
  "",
  "0s",
  "01d",
  "-1d",
  "1.5h",
  "1e3s",
  "30",
  "d",
  "30 d",
  " 30d",
  "30d ",
  "30D",
  "1h30m",
  "1y",
  "30d\n",
  "Never",
  "99999999999s",
])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test("a span ends at a hundred years", () => {
  expect(parseDuration("36525d")).toBe(CENTURY);
  expect(parseDuration("36526d")).toBeUndefined();
  expect(parseDuration("9999999999w")).toBeUndefined();
});

test("a duration is written in the largest unit that needs no fraction", () => {
  expect(formatDuration(7 * 24 * HOUR)).toBe("1w");
  expect(formatDuration(30 * 24 * HOUR)).toBe("30d");
  expect(formatDuration(36 * HOUR)).toBe("36h");
  expect(formatDuration(90_000)).toBe("90s");
  expect(formatDuration(1)).toBe("1s");
});

test("every span of whole seconds survives being written and read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: CENTURY / 1000 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
    }),
  );
});

test("every text that is a duration means the same after being written anew", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom("s", "m", "h", "d", "w"),
      (count, unit) => {
        const ms = parseDuration(`${count}${unit}`);
        expect(ms).toEqual(expect.any(Number));
        expect(parseDuration(formatDuration(ms ?? null))).toBe(ms);
      },
    ),
  );
});
