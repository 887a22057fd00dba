import { expect, test } from "vitest";
import { isoWriter } from "./iso-time.ts";

test("times are written as toISOString writes them, one after another and of any year", () => {
  const times = [
    0, 1, 999, 1000, 59_999, 1_736_337_600_000, 1_736_337_600_010, 253_402_300_800_007, -1,
    -62_135_596_800_001,
  ];

  const isoTime = isoWriter();
  for (const ms of [...times, ...times.reverse()]) {
    expect(isoTime(ms)).toBe(new Date(ms).toISOString());
  }
});
