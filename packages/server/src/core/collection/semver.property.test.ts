import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderKey, parseVersion, type SemanticVersion } from "./semver.ts";

const DIGITS = /^[0-9]+$/;

const number = fc.oneof(
  fc.constantFrom("0", "1", "2", "9", "10", "99", "100"),
  fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String),
);
const identifier = fc.oneof(
  number,
  fc.constantFrom("alpha", "beta", "rc", "a", "A", "a-", "-", "0a", "a0", "alpha1", "Z", "z"),
  fc.stringMatching(/^[0-9A-Za-z-]{0,6}[A-Za-z-][0-9A-Za-z-]{0,6}$/),
);
const version = fc
  .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
  .map(
    ([major, minor, patch, parts]) =>
      `${major}.${minor}.${patch}${parts.length > 0 ? `-${parts.join(".")}` : ""}`,
  );

function parsed(text: string): SemanticVersion {
  return parseVersion(text) as SemanticVersion;
}

function compare(a: string, b: string): number {
  return Math.sign(compareVersions(parsed(a), parsed(b)));
}

describe("the order of versions", () => {
  it("is that of the example in semver.org §11.4", () => {
    const ascending = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "2.0.0",
      "2.1.0",
      "2.1.1",
      "2.1.10",
      "10.0.0",
    ];
    expect([...ascending].reverse().sort(compare)).toEqual(ascending);
  });

  it("is total: turning the pair turns the answer, and three versions never go in a circle", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compare(a, b)).toBe(0 - compare(b, a));
        expect(compare(a, b) === 0).toBe(a === b);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) {
          expect(compare(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("is the order of the keys that the database sorts by", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [left, right] = [orderKey(parsed(a)), orderKey(parsed(b))];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(compare(a, b));
      }),
      { numRuns: 5_000 },
    );
  });

  it("takes no notice of build metadata", () => {
    expect(compare("1.0.0+linux", "1.0.0+mac")).toBe(0);
  });
});

describe("a version", () => {
  it.each([
    "1",
    "1.0",
    "1.0.0.0",
    "01.0.0",
    "1.0.0-",
    "1.0.0-01",
    "1.0.0-a..b",
    "1.0.0+",
    "v1.0.0",
    " 1.0.0",
    "1.0.0\n",
    "",
    "1.0.0-ä",
  ])("is not %j", (text) => {
    expect(parseVersion(text)).toBeNull();
  });

  it.each(["0.0.0", "1.0.0-0a", "1.0.0--", "1.0.0-a.0.b+001.x", "99999999999999999999.0.0"])(
    "may be %j",
    (text) => {
      expect(parseVersion(text)).not.toBeNull();
    },
  );

  // Versions come from strangers: the reader must not be made slow.
  it("of any length is read or refused at once", () => {
    expect(parseVersion(`1.0.0-${"a.".repeat(100_000)}`)).toBeNull();
  });
});

/** Precedence by semver.org §11, written down independently of `orderKey`: negative if `a` comes first. */
function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) {
    return b.length - a.length;
  }
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = comparePrereleaseParts(a[at] as string, b[at] as string);
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

function comparePrereleaseParts(a: string, b: string): number {
  const numeric = [DIGITS.test(a), DIGITS.test(b)];
  if (numeric[0] && numeric[1]) {
    return compareNumbers(a, b);
  }
  if (numeric[0] || numeric[1]) {
    return numeric[0] ? -1 : 1;
  }
  return compareText(a, b);
}
