import { describe, expect, test } from "vitest";
import { Memory } from "./memory.ts";
import type { Moment } from "./moment.ts";
import { knownOf } from "./verdict.ts";

const BEGINNING = 1_700_000_000_000;
const at = (ms: number): Moment => ({ steady: 5_000 + ms, wall: BEGINNING + ms });
const good = (endsAt: number | null = null) =>
  knownOf({ username: "ada", subject: "1", kind: "app_token" }, ["a:b:c"], endsAt);

describe("an answer", () => {
  test("is good for its time, counted from the question, and not a moment longer", () => {
    const memory = new Memory({ lifeMs: 1_000, entries: 10 });
    const ada = good();
    memory.keep("ada", ada, at(0));
    memory.keep("eve", null, at(0));
    expect([memory.recall("ada", at(999)), memory.recall("eve", at(999))]).toEqual([ada, null]);
    expect([memory.recall("ada", at(1_000)), memory.recall("eve", at(1_000))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(memory.size).toBe(0);
  });

  test("does not outlive the credential", () => {
    const memory = new Memory({ lifeMs: 60_000, entries: 10 });
    memory.keep("ada", good(BEGINNING + 5_000), at(0));
    expect(memory.recall("ada", at(4_999))).toBeDefined();
    expect(memory.recall("ada", at(5_000))).toBeUndefined();
  });

  // A machine that slept has a steady clock that slept too; one whose wall clock was set back has only the
  // steady one.
  test("is over when either clock says so", () => {
    for (const later of [
      { steady: 5_000, wall: BEGINNING + 1_000 },
      { steady: 6_000, wall: BEGINNING - 9_000 },
    ]) {
      const memory = new Memory({ lifeMs: 1_000, entries: 10 });
      memory.keep("ada", good(), at(0));
      expect(memory.recall("ada", later)).toBeUndefined();
    }
  });

  test("replaces the one before, whichever it was", () => {
    const memory = new Memory({ lifeMs: 1_000, entries: 10 });
    memory.keep("ada", good(), at(0));
    memory.keep("ada", null, at(1));
    expect(memory.recall("ada", at(2))).toBeNull();
    expect(memory.size).toBe(1);
  });

  test("is not kept at all where that is switched off", () => {
    const memory = new Memory({ lifeMs: 0, entries: 10 });
    memory.keep("ada", good(), at(0));
    expect(memory.recall("ada", at(0))).toBeUndefined();
    expect(memory.size).toBe(0);
  });
});

// A flood of secrets that nobody has must not make the service forget those who are there, nor fill its
// memory.
test("garbage has places of its own; the oldest goes first", () => {
  const memory = new Memory({ lifeMs: 1_000, entries: 3 });
  memory.keep("ada", good(), at(0));
  for (let one = 0; one < 100; one += 1) {
    memory.keep(`garbage ${one}`, null, at(0));
  }
  expect(memory.recall("ada", at(1))).toBeDefined();
  expect(memory.recall("garbage 99", at(1))).toBeNull();
  expect(memory.recall("garbage 96", at(1))).toBeUndefined();
  expect(memory.size).toBe(4);
  for (const name of ["bob", "cem", "dan"]) {
    memory.keep(name, good(), at(0));
  }
  expect(memory.recall("ada", at(1))).toBeUndefined();
  expect(memory.size).toBe(6);
});
