import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readForm, readFormPairs } from "./body.ts";

function requestWith(body: string) {
  return { headers: { "content-type": "application/x-www-form-urlencoded" }, body: Buffer.from(body) };
}

function pairsOf(body: string) {
  return [...readFormPairs(requestWith(body))].map(([name, value]) => [name, value]);
}

describe("a form taken apart without URLSearchParams", () => {
  test.each([
    "",
    "a",
    "a=",
    "=b",
    "=",
    "&",
    "a=b&&c=d&",
    "a=b=c&a=d",
    "?a=b",
    "a=?b",
    "a=b c&d;e=f#g",
    "a%3Db=c",
    "a=b+c",
    "a=ü",
    "a=\u0000&b=\r\n",
    "\ufeffa=b",
    "__proto__=1&constructor=2",
  ])("holds what URLSearchParams finds in %j", (body) => {
    expect(pairsOf(body)).toEqual([...readForm(requestWith(body))]);
  });

  test("holds what URLSearchParams finds in any text", () => {
    const pieces = fc.constantFrom("a", "b", "=", "&", "?", "+", "%", "%41", ";", "#", " ", "ü", "\n", '"');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const body = parts.join("");
        expect(pairsOf(body)).toEqual([...readForm(requestWith(body))]);
      }),
      { numRuns: 1_000, seed: 20_261_128 },
    );
  });
});
