import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Authority } from "../../../server/src/core/authority/authority.ts";
import { parseScope as parseByTheHub, type Scope } from "../../../server/src/core/authority/scope.ts";
import { readAsked } from "./asked.ts";
import { parseScope, permits } from "./scope.ts";

/** Few letters, so that patterns and names meet often, and now and then something that is no scope. */
const segment = fc.stringMatching(/^[ab*]{1,3}$/);
const name = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom("/", "."))
  .map(([segments, separator]) => segments.join(separator));
const actions = fc
  .array(fc.constantFrom("pull", "push", "*", "", "Pull"), { minLength: 1, maxLength: 3 })
  .map((list) => list.join(","));
const type = fc.constantFrom("repository", "collection", "user", "*", "A");
const scopeText = fc.oneof(
  fc.tuple(type, name, actions).map((parts) => parts.join(":")),
  fc.tuple(type, actions).map((parts) => parts.join(":")),
  fc.constantFrom("*:*:*", "user:admin", "repository:host:5000/a:pull"),
);

describe("scopes", () => {
  test("are read as the hub reads them", () => {
    fc.assert(
      fc.property(fc.oneof(scopeText, fc.string()), (text) => {
        expect(parseScope(text)).toEqual(parseByTheHub(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test("allow what the hub would say they allow", () => {
    const scope = scopeText.map((text) => parseByTheHub(text)).filter((read): read is Scope => read !== null);
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 3 }), scope, (held, asked) => {
        expect(permits(held, asked)).toBe(new Authority([held]).permits(asked));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("what is asked", () => {
  test("may be nothing, one scope, several in a text, or a list", () => {
    expect(readAsked(null)).toEqual([]);
    for (const asked of ["a:b:c d:e:f", ["a:b:c", "d:e:f"], [" a:b:c  d:e:f "]]) {
      expect(readAsked(asked)).toEqual([parseScope("a:b:c"), parseScope("d:e:f")]);
    }
  });

  // A mistake in a configuration or in a path must not open the door wider than it was meant to be.
  test("is held by nobody where it cannot be read", () => {
    const lists = [[], [""], ["a:b:c", ""], ["a:b:c", undefined]];
    for (const mistake of ["", " ", undefined, ...lists, "a:b:c nonsense", 7, {}, "a:b:c ".repeat(65)]) {
      expect(readAsked(mistake as string), JSON.stringify(mistake)).toBeNull();
    }
  });

  test("is read again after many others", () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `repository:a${at}:pull`);
    for (const text of [...many, ...many]) {
      expect(readAsked(text)).toEqual([parseScope(text)]);
    }
  });
});
