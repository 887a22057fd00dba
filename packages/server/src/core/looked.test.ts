import { expect, test } from "vitest";
import { ask, type Looked, Undecided, whenKnown } from "./looked.ts";

const later = <T>(value: T): Looked<T> => new Undecided(() => Promise.resolve(value));

test("what is known is passed on at once, and nothing is asked", () => {
  expect(whenKnown(20 as Looked<number>, (value) => value + 1)).toBe(21);
});

test("what the store must be asked for goes the same steps afterwards", async () => {
  const asked = whenKnown(later(20), (value) => value + 1);
  expect(asked).toBeInstanceOf(Undecided);
  expect(await ask(asked)).toBe(21);
  expect(await ask(whenKnown(later(20), (value) => later(value + 2)))).toBe(22);
});

test("a step that must ask makes the whole undecided, though the step before it was known", async () => {
  const looked = whenKnown(20 as Looked<number>, (value) => later(value + 3));
  expect(looked).toBeInstanceOf(Undecided);
  expect(await ask(looked)).toBe(23);
});

test("the store is asked only when somebody asks, and a failure reaches them", async () => {
  let count = 0;
  const looked = new Undecided(async () => {
    count += 1;
    throw new Error("out of reach");
  });
  expect(count).toBe(0);
  await expect(ask(whenKnown(looked, () => 1))).rejects.toThrow("out of reach");
  expect(count).toBe(1);
});
