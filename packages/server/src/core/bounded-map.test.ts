import { describe, expect, test } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

describe("a bounded map", () => {
  /** Newest first, since to ask for a key moves it to the young generation. */
  const held = (map: BoundedMap<number, string>, upTo: number) =>
    Array.from({ length: upTo }, (_, key) => upTo - 1 - key).filter((key) => map.get(key) !== undefined);

  test.for([2, 3, 10, 11])("of %i entries holds no more, and at least the latest half", (entriesMax) => {
    const map = new BoundedMap<number, string>(entriesMax);
    for (let key = 0; key < 100; key += 1) {
      map.set(key, "x");
    }
    const kept = held(map, 100);
    const latest = Array.from({ length: Math.floor(entriesMax / 2) }, (_, back) => 99 - back);
    expect(kept.length).toBeLessThanOrEqual(entriesMax);
    expect(kept.slice(0, latest.length)).toEqual(latest);
  });

  test("keeps what is asked for, however much else comes", () => {
    const map = new BoundedMap<number, string>(10);
    map.set(0, "wanted");
    for (let key = 1; key < 1_000; key += 1) {
      map.set(key, "x");
      expect(map.get(0)).toBe("wanted");
    }
  });

  test("forgets a key in both generations, and everything at once", () => {
    const map = new BoundedMap<number, string>(4);
    for (const key of [1, 2, 3]) {
      map.set(key, "x");
    }
    map.delete(1);
    expect(held(map, 4)).toEqual([3, 2]);
    map.clear();
    expect(held(map, 4)).toEqual([]);
  });

  test("holds the latest value of a key that was set again", () => {
    const map = new BoundedMap<number, string>(2);
    map.set(1, "first");
    map.set(2, "x");
    map.set(1, "second");
    expect(map.get(1)).toBe("second");
    map.delete(1);
    expect(map.get(1)).toBeUndefined();
  });
});
