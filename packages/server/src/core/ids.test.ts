import { expect, test } from "vitest";
import { entropy } from "../testing/entropy.ts";
import { MovableClock } from "../testing/harness.ts";
import { isId, newId } from "./ids.ts";

test("ids are UUIDs of version 7: they differ, and sort by the time of their making", () => {
  const clock = new MovableClock();
  const ids = Array.from({ length: 1000 }, () => {
    clock.advance({ ms: 1 });
    return newId(clock, entropy);
  });

  expect(new Set(ids).size).toBe(1000);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) {
    // RFC 9562 §5.7: version 7, variant 10.
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isId(id)).toBe(true);
  }
});

test("text that is no id is not looked up", () => {
  for (const text of [
    "",
    "1",
    "../x",
    "00000000-0000-0000-0000-00000000000",
    "00000000-0000-0000-0000-00000000000G",
  ]) {
    expect(isId(text)).toBe(false);
  }
});
