/** Versions by Semantic Versioning 2.0.0 (semver.org), strictly: what ansible-galaxy and Galaxy demand of a collection. */
export interface SemanticVersion {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  readonly prerelease: readonly string[];
  readonly build: readonly string[];
}

const NUMBER = "(0|[1-9][0-9]*)";
const PRERELEASE_PART = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
const BUILD_PART = "[0-9A-Za-z-]+";
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PRERELEASE_PART}(?:\\.${PRERELEASE_PART})*))?(?:\\+(${BUILD_PART}(?:\\.${BUILD_PART})*))?$`,
);
const DIGITS = /^[0-9]+$/;
const VERSION_LENGTH_MAX = 128;

/** The version in `text`, or null where it is none. Numbers stay text: they may be longer than a number can hold exactly. */
export function parseVersion(text: string): SemanticVersion | null {
  const match = text.length <= VERSION_LENGTH_MAX ? VERSION.exec(text) : null;
  if (!match) {
    return null;
  }
  const [, major, minor, patch, prerelease, build] = match as unknown as [
    string,
    string,
    string,
    string,
    string?,
    string?,
  ];
  return { major, minor, patch, prerelease: prerelease?.split(".") ?? [], build: build?.split(".") ?? [] };
}

/** Negative when `a` comes first, positive when `b` does, 0 when they have the same precedence (§11; build metadata does not count). @internal exported for tests */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** The highest of the versions, passing over pre-releases unless there is nothing else. Undefined for none. @internal exported for tests */
export function highestVersion(versions: readonly string[]): string | undefined {
  let highest: { readonly text: string; readonly version: SemanticVersion } | undefined;
  for (const text of versions) {
    const version = parseVersion(text);
    if (version && (!highest || ranksAbove(version, highest.version))) {
      highest = { text, version };
    }
  }
  return highest?.text;
}

export function isPrerelease(version: SemanticVersion): boolean {
  return version.prerelease.length > 0;
}

/**
 * Text that sorts by code unit exactly as the versions do by precedence, so that a database can order and page them. Numbers carry their
 * length in front; a pre-release ends with `0`, below any further part and below the `~` of a release.
 */
export function orderKey(version: SemanticVersion): string {
  const core = [version.major, version.minor, version.patch].map(numberKey).join("");
  const parts = version.prerelease.map((part) => (DIGITS.test(part) ? `1${numberKey(part)}` : `2${part}!`));
  return isPrerelease(version) ? `${core}${parts.join("")}0` : `${core}~`;
}

function numberKey(digits: string): string {
  return `${String(digits.length).padStart(3, "0")}${digits}`;
}

function ranksAbove(a: SemanticVersion, b: SemanticVersion): boolean {
  return isPrerelease(a) === isPrerelease(b) ? compareVersions(a, b) > 0 : isPrerelease(b);
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
