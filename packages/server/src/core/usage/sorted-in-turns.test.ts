import { expect, test } from "vitest";
import { sortedInTurns } from "./sorted-in-turns.ts";

const partsOf = async (texts: readonly string[], partMax: number) => {
  const parts: (readonly string[])[] = [];
  for await (const part of sortedInTurns(texts, partMax)) {
    parts.push(part);
  }
  return parts;
};

test("every text comes once, in order, in full parts but for the last", async () => {
  for (const count of [0, 1, 999, 1_000, 1_001, 4_000, 9_500]) {
    const texts = Array.from({ length: count }, (_, at) => ((at * 7_919) % 100_003).toString(16));
    const parts = await partsOf(texts, 1_000);

    expect(parts.flat()).toEqual([...texts].sort());
    expect(parts.slice(0, -1).every(({ length }) => length === 1_000)).toBe(true);
    expect(parts).toHaveLength(Math.ceil(count / 1_000));
  }
});

test("other work comes in between while many are sorted", async () => {
  let turns = 0;
  let isOn = true;
  const tick = (): void => {
    turns += 1;
    if (isOn) {
      setImmediate(tick);
    }
  };
  setImmediate(tick);
  const texts = Array.from({ length: 50_000 }, (_, at) => `${(at * 7_919) % 100_003}`);
  const first = await sortedInTurns(texts, 1_000).next();
  isOn = false;

  expect(first.value).toHaveLength(1_000);
  expect(turns).toBeGreaterThanOrEqual(10);
});
