import { expect, test } from "vitest";
import { systemEntropy } from "./entropy.ts";

// Two draws that share bytes would be two secrets that share them.
test("no draw shares its bytes with another, small or large, and each has the length that was asked for", () => {
  const lengths = Array.from({ length: 3_000 }, (_, at) => 1 + ((at * 37) % 300));
  const drawn = lengths.map((length) => systemEntropy.bytes(length));
  expect(drawn.map(({ length }) => length)).toEqual(lengths);
  const long = drawn.filter(({ length }) => length >= 16).map((bytes) => bytes.toString("hex"));
  expect(new Set(long.map((hex) => hex.slice(0, 32))).size).toBe(long.length);
  const copies = long.map((hex) => hex);
  systemEntropy.bytes(200);
  expect(drawn.filter(({ length }) => length >= 16).map((bytes) => bytes.toString("hex"))).toEqual(copies);
  const zeros = drawn
    .filter(({ length }) => length >= 16)
    .filter((bytes) => bytes.every((byte) => byte === 0));
  expect(zeros).toEqual([]);
});
