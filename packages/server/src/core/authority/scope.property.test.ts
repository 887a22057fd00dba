import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leastCost } from "../../testing/cost.ts";
import { Authority } from "./authority.ts";
import { covers, EVERYTHING, formatScope, intersect, parseScope, type Scope } from "./scope.ts";

/** Few letters, so that patterns and names meet often. */
const segment = fc.stringMatching(/^[ab*]{1,3}$/).filter((text) => !text.includes("**"));
const plainSegment = fc.stringMatching(/^[ab]{1,3}$/);
const type = fc.constantFrom("repository", "collection");
const actions = fc.uniqueArray(fc.constantFrom("pull", "push", "*"), { minLength: 1 });
const join = (kind: string, segments: readonly string[]) => segments.join(kind === "collection" ? "." : "/");
const pattern: fc.Arbitrary<Scope> = fc
  .tuple(type, fc.array(segment, { minLength: 1, maxLength: 3 }), actions)
  .map(([kind, segments, allowed]) => ({ type: kind, name: join(kind, segments), actions: allowed }));
const question: fc.Arbitrary<Scope> = fc
  .tuple(
    type,
    fc.array(plainSegment, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("pull", "push", "delete"),
  )
  .map(([kind, segments, action]) => ({ type: kind, name: join(kind, segments), actions: [action] }));

/** What a pattern means, written as a regular expression: the oracle that the linear matcher is held to. */
function allowsByRegex(scope: Scope, asked: Scope): boolean {
  const separator = scope.type === "collection" ? "." : "/";
  const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const segments = scope.name.split(separator);
  const parts = segments.map((text, at) =>
    text === "*" && at === segments.length - 1
      ? ".+"
      : text
          .split("*")
          .map(quoted)
          .join(`[^${quoted(separator)}]*`),
  );
  const names = new RegExp(`^${parts.join(quoted(separator))}$`).test(asked.name);
  return (
    scope.type === asked.type &&
    names &&
    asked.actions.every((one) => scope.actions.includes("*") || scope.actions.includes(one))
  );
}

describe("scopes", () => {
  test("are read back as they were written", () => {
    fc.assert(
      fc.property(pattern, (scope) => {
        expect(parseScope(formatScope(scope))).toEqual(scope);
      }),
    );
  });

  test("allow exactly what their pattern means", () => {
    fc.assert(
      fc.property(pattern, question, (scope, asked) => {
        expect(covers(scope, asked)).toBe(allowsByRegex(scope, asked));
      }),
      { numRuns: 2000 },
    );
  });

  // A lone wildcard that reached over a separator, or a covers that said yes too early, would widen a
  // credential.
  test("cover another only if they allow everything that it allows", () => {
    fc.assert(
      fc.property(pattern, pattern, question, (outer, inner, asked) => {
        if (covers(outer, inner) && covers(inner, asked)) {
          expect(covers(outer, asked)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("meet in something that is never wider than either", () => {
    fc.assert(
      fc.property(pattern, pattern, question, (a, b, asked) => {
        const common = intersect(a, b);
        if (common && covers(common, asked)) {
          expect(covers(a, asked) && covers(b, asked)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("decide layer by layer: an authority permits what every layer permits, and shows no more than that", () => {
    const layer = fc.array(pattern, { maxLength: 3 });
    fc.assert(
      fc.property(layer, layer, question, (grants, held, asked) => {
        const authority = new Authority([grants, held]);
        const allowed = [grants, held].every((scopes) => scopes.some((scope) => covers(scope, asked)));
        expect(authority.permits(asked)).toBe(allowed);
        if (authority.effective().some((scope) => covers(scope, asked))) {
          expect(allowed).toBe(true);
        }
        expect(authority.narrowedTo([]).permits(asked)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["collection:acme.*:download", "collection:acme.tools:download", true],
    ["collection:acme*:download", "collection:acme.tools:download", false],
    ["collection:acme.*:download", "collection:acmex.tools:download", false],
    ["repository:team/*:pull", "repository:team/a/b:pull", true],
    ["repository:team/*:pull", "repository:team:pull", false],
    ["repository:*/app:pull", "repository:x/y/app:pull", false],
    ["repository:host:5000/app:pull", "repository:host:5000/app:pull", true],
    ["repository:a:*", "repository:ab:push", false],
    ["*:*:*", "instance:sales:use", true],
    ["*:*:*", "user:admin", false],
    ["user:admin", "user:admin", true],
  ])("%s on %s: %s", (held, asked, allowed) => {
    expect(covers(parseScope(held) as Scope, parseScope(asked) as Scope)).toBe(allowed);
  });

  test.each([
    "",
    ":",
    "a",
    "a:",
    ":a",
    "a:b:",
    "a::c",
    "A:b:c",
    "a:b:C",
    "a:b c:d",
    "*:b:c",
    "a:\u00e9:b",
    "user:*",
    "repository:team/**:pull",
    `a:${"x".repeat(300)}:b`,
    "user:read",
    "hub:admin",
    "repository:a//b:pull",
    "repository:a/:pull",
    "repository:a/./b:pull",
    "repository:a/../b:pull",
    "repository:..:pull",
    "collection:acme..tools:download",
    "collection:acme.:download",
  ])("%j is no scope", (text) => {
    expect(parseScope(text)).toBeNull();
  });

  test("a long hostile pattern is decided at once", async () => {
    const hostile: Scope = { type: "repository", name: `${"a*".repeat(120)}b`, actions: ["pull"] };
    const decide = () => {
      covers(hostile, { type: "repository", name: "a".repeat(255), actions: ["pull"] });
      intersect(hostile, { ...hostile, name: `b${"*a".repeat(120)}` });
    };
    expect(await leastCost(decide, 500)).toBeLessThan(500);
  });

  test("everything meets anything in that thing", () => {
    const scope = parseScope("instance:sales:use") as Scope;
    expect(intersect(EVERYTHING, scope)).toEqual(scope);
    expect(intersect(EVERYTHING, parseScope("user:admin") as Scope)).toBeNull();
  });
});
