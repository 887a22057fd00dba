/**
 * Versions by Semantic Versioning 2.0.0 (semver.org), strictly: what ansible-galaxy and Galaxy demand of a
 * collection.
 */
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

/**
 * The version in `text`, or null if it has another form. Numbers stay text: a JavaScript number cannot hold
 * long ones exactly.
 */
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

export function isPrerelease(version: SemanticVersion): boolean {
  return version.prerelease.length > 0;
}

/**
 * Text that sorts by code unit exactly as the versions do by precedence, so that a database can order and
 * page them. Numbers carry their length in front; a pre-release ends with `0`, below any further part and
 * below the `~` of a release.
 */
export function orderKey(version: SemanticVersion): string {
  const core = [version.major, version.minor, version.patch].map(numberKey).join("");
  const parts = version.prerelease.map((part) => (DIGITS.test(part) ? `1${numberKey(part)}` : `2${part}!`));
  return isPrerelease(version) ? `${core}${parts.join("")}0` : `${core}~`;
}

function numberKey(digits: string): string {
  return `${String(digits.length).padStart(3, "0")}${digits}`;
}
