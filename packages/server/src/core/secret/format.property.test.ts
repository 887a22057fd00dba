import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entropy } from "../../testing/entropy.ts";
import { KIND_NAMES, KINDS } from "../credential/kinds.ts";
import { drawSecret, hintOf, markOf } from "./format.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
const mark = fc.constantFrom(...KIND_NAMES.map((kind) => KINDS[kind].mark));

describe("the secret format", () => {
  test("has the checksum of IEEE 802.3", () => {
    expect(crc32("123456789")).toBe(0xcbf43926);
    expect(crc32("")).toBe(0);
  });

  test("pads the checksum to six digits, digits before capitals before small letters", () => {
    const body = "mmt_000000000000000000000000000000";
    const value = crc32(body);
    let rest = value;
    let digits = "";
    for (let place = 0; place < 6; place += 1) {
      digits = ALPHABET[rest % 62] + digits;
      rest = Math.floor(rest / 62);
    }
    expect(markOf(body + digits)).toBe("mmt_");
  });

  test("is recognised again, whatever was drawn", () => {
    fc.assert(
      fc.property(mark, (given) => {
        const text = drawSecret(entropy, given).reveal();
        expect(text).toMatch(/^[A-Za-z0-9_]{40}$/);
        expect(markOf(text)).toBe(given);
      }),
    );
  });

  // Other spellings of a secret must not be another secret: altered, cut and padded forms are refused before
  // any look-up.
  test("is broken by any change of one character, and by anything added or cut", () => {
    fc.assert(
      fc.property(mark, fc.nat(39), fc.constantFrom(...ALPHABET), (given, at, character) => {
        const text = drawSecret(entropy, given).reveal();
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        expect(markOf(changed)).toBe(changed === text ? given : null);
        for (const other of [
          text.slice(1),
          text.slice(0, -1),
          `${text} `,
          `${text}=`,
          text.toUpperCase(),
          `${text}\n`,
        ]) {
          expect(markOf(other)).toBeNull();
        }
      }),
    );
  });

  test("draws every character equally often", () => {
    const counts = new Map<string, number>();
    const draws = 4000;
    for (let count = 0; count < draws; count += 1) {
      for (const character of drawSecret(entropy, "mmt_").reveal().slice(4, 34)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    const expected = (draws * 30) / 62;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(62);
    // 61 degrees of freedom: beyond 120 with a probability of one in a hundred thousand.
    expect(chiSquare).toBeLessThan(120);
  });

  test("leaves no duplicate among many", () => {
    const drawn = new Set(Array.from({ length: 20_000 }, () => drawSecret(entropy, "mmo_").reveal()));
    expect(drawn.size).toBe(20_000);
  });

  test("shows of a secret its mark and its last four characters", () => {
    const secret = drawSecret(entropy, "mmo_");
    expect(hintOf(secret)).toBe(`mmo_…${secret.reveal().slice(-4)}`);
  });
});
