import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leastCost } from "../../testing/cost.ts";
import { Authority } from "./authority.ts";
import { effectiveScopes } from "./effective.ts";
import { covers, formatScope, intersect, parseScope, type Scope } from "./scope.ts";

/** The longest processor time for a list of effective scopes, for any layers. */
const MS_MAX = 100;

function scopes(count: number, write: (at: number) => string): readonly Scope[] {
  return Array.from({ length: count }, (_, at) => parseScope(write(at)) as Scope);
}

describe("effective scopes", () => {
  const segment = fc.stringMatching(/^[ab*]{1,2}$/).filter((text) => !text.includes("**"));
  const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("."));
  const actions = fc.uniqueArray(fc.constantFrom("upload", "download", "*"), { minLength: 1 });
  const scope = fc.record({ type: fc.constantFrom("collection", "instance"), name, actions });
  const layer = fc.array(scope, { maxLength: 30 });

  test("are those that each pair of scopes has in common, found without trying each pair", () => {
    fc.assert(
      fc.property(layer, layer, (first, second) => {
        const common = first
          .flatMap((one) => second.map((other) => intersect(one, other)))
          .filter((met) => met !== null);
        const found = effectiveScopes([first, second]);
        expect(found.crossesTooOften).toBe(false);
        for (const one of common) {
          for (const action of one.actions) {
            expect(found.scopes.some((held) => covers(held, { ...one, actions: [action] }))).toBe(true);
          }
        }
        for (const held of found.scopes) {
          expect(common.some((one) => one.type === held.type && one.name === held.name)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("are permitted, all of them", () => {
    fc.assert(
      fc.property(layer, layer, (first, second) => {
        const authority = new Authority([first, second]);
        expect(authority.effective().every((held) => authority.permits(held))).toBe(true);
        expect(authority.permitsSome("collection", "download")).toBe(
          authority
            .effective()
            .some(({ type, actions }) => type === "collection" && /download|\*/.test(actions.join())),
        );
      }),
      { numRuns: 500 },
    );
  });

  // One bearer of 6 KB once held the event loop for half a second at each verification.
  test.each([
    [
      "wildcards that cross",
      [
        scopes(1, () => "collection:*:download"),
        scopes(100, (at) => `collection:a${at}.*:*`),
        scopes(50, (at) => `collection:*.b${at}:download`),
      ],
    ],
    [
      "a thousand grants under a hundred patterns",
      [
        scopes(1_000, (at) => `repository:team${at}/*:pull`),
        scopes(100, (at) => `repository:*m${at}*/*${at}:pull`),
        scopes(50, (at) => `repository:*/*${at}:pull`),
      ],
    ],
    [
      "patterns that end alike",
      [
        scopes(1_000, (at) => `repository:*${"a*".repeat(100)}${at}:pull`),
        scopes(100, (at) => `repository:*${at}:pull`),
      ],
    ],
    [
      "many names of many actions",
      [scopes(1_000, (at) => `repository:a/b${at}:${Array.from({ length: 16 }, (_, n) => `x${n}`)}`)],
    ],
  ])("take a bounded time for %s", async (_what, layers) => {
    const ms = await leastCost(() => new Authority(layers).format(), MS_MAX);

    expect(ms).toBeLessThan(MS_MAX);
    expect(new Authority(layers).effective().length).toBeLessThanOrEqual(5_000);
  });

  test("of a thousand grants are listed whole, under a credential's own scopes too", () => {
    const grants = scopes(1_000, (at) => `repository:team${at}/app:pull,push`);
    const authority = new Authority([grants, scopes(1, () => "repository:*:pull")]);

    expect(authority.crossesTooOften()).toBe(false);
    expect(authority.effective().map(formatScope)).toHaveLength(1_000);
  });

  test("that cross too often are known for it, so that nothing is made of them", () => {
    const authority = new Authority([
      scopes(100, (at) => `collection:a${at}.*:*`),
      scopes(50, (at) => `collection:*.b${at}:download`),
    ]);

    expect(authority.crossesTooOften()).toBe(true);
  });
});

test("a hundred questions against a thousand grants are decided in a bounded time", async () => {
  const grants = scopes(1_000, (at) => `repository:team${at}/*:pull`);
  const authority = new Authority([grants, scopes(100, (at) => `repository:*${at}/*:pull`)]);
  const asked = scopes(100, (at) => `repository:team${at}/${"a".repeat(200)}:pull`);

  const ms = await leastCost(() => asked.map((scope) => authority.permits(scope)), MS_MAX);
  expect(ms).toBeLessThan(MS_MAX);
});
