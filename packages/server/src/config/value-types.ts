import { isIP, isIPv4 } from "node:net";
import { DURATION_GRAMMAR, parseDuration } from "../core/duration.ts";
import { Secret } from "../core/secret/secret.ts";

/**
 * The type of an option's value. Values arrive as text from every source, so every source accepts and refuses
 * the same.
 */
export interface ValueType<T> {
  /** One word for the help and the reference page. */
  readonly word: string;
  /** Ends the sentence "allowed: …". */
  readonly allowed: string;
  /** True if the YAML file may give it as a sequence. */
  readonly isList: boolean;
  /** The value, or undefined where the text is not allowed. */
  parse(text: string): T | undefined;
}

function single<T>(word: string, allowed: string, parse: (text: string) => T | undefined): ValueType<T> {
  return { word, allowed, isList: false, parse };
}

function listOf<T>(
  word: string,
  allowed: string,
  parse: (items: readonly string[]) => T | undefined,
): ValueType<T> {
  return { word, allowed, isList: true, parse: (text) => parse(splitList(text)) };
}

function splitList(text: string): readonly string[] {
  return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}

export function integer(
  word: string,
  { min, max }: { readonly min: number; readonly max: number },
): ValueType<number> {
  return single(word, `a whole number from ${min} to ${max}`, (text) => {
    const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const ONLY_DIGITS_AND_DOTS = /^[0-9.]+$/;

export const HOST = single("host", "an IP address or a host name", (text) => {
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  if (isIP(bare) !== 0) {
    return bare;
  }
  // `10.0.0.256` would pass as a host name and fail at listening with a message about DNS.
  return HOST_NAME.test(text) && !ONLY_DIGITS_AND_DOTS.test(text) ? text : undefined;
});

export const PUBLIC_URL = single(
  "url",
  "an http or https URL, perhaps with a path, without user name, password, query and fragment",
  (text) => {
    const url = parseUrl(text);
    if (
      !url ||
      !/^https?:\/\/[^/]/i.test(text) ||
      /[?#\s\\]/.test(text) ||
      url.username !== "" ||
      url.password !== ""
    ) {
      return undefined;
    }
    return url.origin + url.pathname.replace(/\/+$/, "");
  },
);

const LONGEST_TEXT = 1_000;
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** Plain http would let anybody on the way sign in as anybody. */
export const ISSUER_URL = single("url", "an https URL, or http on loopback", (text) => {
  const url = parseUrl(text);
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK_NAMES.includes(url.hostname));
  return url && isSafe && url.username === "" && !/[?#\s]/.test(text) ? text : undefined;
});

export const LDAP_URL = single("url", "a URL that begins with ldap:// or ldaps://", (text) =>
  /^ldaps?:\/\/[^/\s?#@]+\/?$/.test(text) && parseUrl(text) ? text : undefined,
);

/** Without the name, the filter would find one person for every name. */
export const LDAP_FILTER = single("text", "an LDAP filter in parentheses that contains {username}", (text) =>
  text.length <= LONGEST_TEXT && text.includes("{username}") && isParenthesised(text) ? text : undefined,
);

/** True if the first parenthesis is closed by the last character. */
function isParenthesised(text: string): boolean {
  let depth = 0;
  for (const [at, letter] of [...text].entries()) {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (depth <= 0) {
      return letter === ")" && at === [...text].length - 1;
    }
  }
  return false;
}

/** An answer without an ID token tells nobody's name (OpenID Connect Core 1.0 §3.1.2.1). */
export const OIDC_SCOPES = single("text", "scopes with openid among them, separated by spaces", (text) =>
  text.length <= LONGEST_TEXT &&
  /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text) &&
  text.split(" ").includes("openid")
    ? text
    : undefined,
);

export const TEXT = single("text", "text without control characters", (text) =>
  text !== "" && text.length <= LONGEST_TEXT && !/\p{Cc}/u.test(text) ? text : undefined,
);

export const SECRET_TEXT = single("text", "text", (text) => (text === "" ? undefined : new Secret(text)));

export const POSTGRES_URL = single("url", "a URL that begins with postgres:// or postgresql://", (text) => {
  const parsed = /^postgres(?:ql)?:\/\//.test(text) && !/\s/.test(text) && parseUrl(text);
  return parsed ? new Secret(text) : undefined;
});

type AuditStream =
  | { readonly to: "file"; readonly path: string }
  | { readonly to: "syslog"; readonly host: string; readonly port: number; readonly tls: boolean };

const SYSLOG_TLS_PORT = 6514;
const SYSLOG_PORT = 514;

export const AUDIT_STREAM: ValueType<AuditStream> = single(
  "stream",
  "syslog+tls://host:port, syslog://host:port or file:/path",
  (text) => {
    const file = /^file:(?:\/\/)?(\/[^\0]+)$/.exec(text);
    if (file) {
      return { to: "file", path: file[1] ?? "" };
    }
    const [, scheme, rest = ""] = /^(syslog|syslog\+tls):\/\/([^/?#@\s]+)\/?$/.exec(text) ?? [];
    const url = scheme === undefined ? null : parseUrl(`http://${rest}`);
    if (!url || HOST.parse(url.hostname) === undefined) {
      return undefined;
    }
    const tls = scheme === "syslog+tls";
    // The URL parser drops the port that it takes for http's own.
    const port =
      url.port === "" ? (/:80$/.test(rest) ? 80 : tls ? SYSLOG_TLS_PORT : SYSLOG_PORT) : Number(url.port);
    return { to: "syslog", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port, tls };
  },
);

export const MAIL_URL = single("url", "a URL that begins with smtp:// or smtps://", (text) => {
  const parsed = /^smtps?:\/\/[^/]/.test(text) && !/\s/.test(text) && parseUrl(text);
  return parsed && parsed.hostname !== "" ? new Secret(text) : undefined;
});

const BARE_ADDRESS = /^[^\s<>@,;"]{1,64}@[^\s<>@,;"]{1,255}$/;

/** One address, alone or in angle brackets behind a name. */
export const MAIL_ADDRESS = single("mail address", "hub@example.com or Name <hub@example.com>", (text) => {
  const [, address = text.trim()] = /^[^<>\r\n,;"]*<([^<>]+)>$/.exec(text.trim()) ?? [];
  return BARE_ADDRESS.test(address) ? text.trim() : undefined;
});

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

export const FILE_PATH = single("path", "a path", (text) =>
  text.trim() !== "" && !text.includes("\0") ? text : undefined,
);

/** The beginning of URL paths that nothing else of the server lives under or above. */
export function pathPrefix(
  reserved: readonly string[],
  { butFor }: { readonly butFor: string },
): ValueType<string> {
  const others = reserved.filter((path) => path !== butFor).join(", ");
  const allowed = `${butFor}, or a path that begins with / and is not, holds or lies below one of ${others}`;
  return single("path prefix", allowed, (text) => {
    const prefix = text.replace(/\/+$/, "");
    if (!/^(?:\/[A-Za-z0-9._~-]+)+$/.test(prefix) || /\/\.\.?(?:\/|$)/.test(prefix)) {
      return undefined;
    }
    // Case is folded because a router may be configured to ignore it.
    const folded = `${prefix.toLowerCase()}/`;
    if (prefix === butFor) {
      return prefix;
    }
    return reserved.some((other) => folded.startsWith(`${other}/`) || `${other}/`.startsWith(folded))
      ? undefined
      : prefix;
  });
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9 };

/** A number of bytes, in powers of ten. */
export function size({ min, max }: { readonly min: string; readonly max: string }): ValueType<number> {
  const [least, most] = [parseSize(min) ?? 0, parseSize(max) ?? 0];
  return single("size", `a whole number with KB, MB or GB behind it, from ${min} to ${max}`, (text) => {
    const bytes = parseSize(text);
    return bytes !== undefined && bytes >= least && bytes <= most ? bytes : undefined;
  });
}

function parseSize(text: string): number | undefined {
  const [, count = "", unit = ""] = /^([0-9]{1,6})\s*(KB|MB|GB)$/i.exec(text.trim()) ?? [];
  const factor = BYTES_PER_UNIT[unit.toUpperCase()];
  return factor === undefined ? undefined : Number(count) * factor;
}

export const DURATION: ValueType<number> = single("duration", DURATION_GRAMMAR, parseFinite);

export function durationFrom(least: string): ValueType<number> {
  const leastMs = parseFinite(least) ?? 0;
  return single("duration", `${DURATION_GRAMMAR}; not below ${least}`, (text) => {
    const ms = parseFinite(text);
    return ms !== undefined && ms >= leastMs ? ms : undefined;
  });
}

/** A finite duration, or `0s` for none at all. */
export const DURATION_OR_ZERO: ValueType<number> = single("duration", `${DURATION_GRAMMAR}; or 0s`, (text) =>
  text === "0s" ? 0 : parseFinite(text),
);

function parseFinite(text: string): number | undefined {
  return parseDuration(text) ?? undefined;
}

export const DURATION_OR_NEVER: ValueType<number | null> = single(
  "duration or never",
  `${DURATION_GRAMMAR}; or never`,
  parseDuration,
);

const DURATIONS_MAX = 20;

/** At least one. */
export const DURATION_LIST: ValueType<readonly number[]> = listOf(
  "duration list",
  `1 to ${DURATIONS_MAX} durations, separated by commas: ${DURATION_GRAMMAR}`,
  (items) => {
    const spans = items.map(parseFinite);
    const isGood = spans.length > 0 && spans.length <= DURATIONS_MAX;
    return isGood && spans.every((span) => span !== undefined) ? spans : undefined;
  },
);

/** Durations with the text that gave them, which warnings repeat. May be empty. */
export const NAMED_DURATION_LIST: ValueType<readonly { readonly text: string; readonly ms: number }[]> =
  listOf(
    "duration list",
    `at most ${DURATIONS_MAX} durations, separated by commas: ${DURATION_GRAMMAR}`,
    (items) => {
      const spans = items.map((text) => ({ text, ms: parseFinite(text) }));
      return spans.length <= DURATIONS_MAX && spans.every(hasSpan) ? spans : undefined;
    },
  );

function hasSpan<Span extends { readonly ms: number | undefined }>(
  span: Span,
): span is Span & { readonly ms: number } {
  return span.ms !== undefined;
}

/** Percentages between 1 and 99 with the text that gave them. May be empty. */
export const SHARE_LIST: ValueType<readonly { readonly text: string; readonly share: number }[]> = listOf(
  "percentage list",
  `at most ${DURATIONS_MAX} percentages from 1% to 99%, separated by commas`,
  (items) =>
    items.length <= DURATIONS_MAX && items.every((text) => /^[1-9][0-9]?%$/.test(text))
      ? items.map((text) => ({ text, share: Number(text.slice(0, -1)) / 100 }))
      : undefined,
);

/** `host[:port]`, as image names begin. */
export const HOST_LIST: ValueType<readonly string[]> = listOf(
  "list",
  "host names with or without a port, separated by commas",
  (items) =>
    items.every((item) => /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/.test(item))
      ? [...new Set(items)]
      : undefined,
);

/** Origins of pages (RFC 6454): scheme, host and port, as a browser sends them. */
export const ORIGIN_LIST: ValueType<readonly string[]> = listOf(
  "list",
  "origins such as https://app.example.com, separated by commas",
  (items) => {
    const isOrigin = (text: string) =>
      /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
    return items.every(isOrigin) ? [...new Set(items)] : undefined;
  },
);

const CIDR_ALLOWED = "IP addresses and CIDR ranges (10.0.0.0/8, 2001:db8::/32), separated by commas";

/** Addresses come back as ranges of one. */
export const CIDR_LIST: ValueType<readonly string[]> = listOf("cidr list", CIDR_ALLOWED, parseRanges);

export const CIDR_LIST_OR_ANY: ValueType<readonly string[] | "any"> = listOf(
  "cidr list or any",
  `${CIDR_ALLOWED}; or any`,
  (items) => (items.length === 1 && items[0] === "any" ? "any" : parseRanges(items)),
);

function parseRanges(items: readonly string[]): readonly string[] | undefined {
  const ranges = items.map(parseRange);
  return ranges.every((range) => range !== undefined) ? [...new Set(ranges)] : undefined;
}

function parseRange(text: string): string | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  if (isIP(address) === 0 || address.includes("%") || rest.length > 0) {
    return undefined;
  }
  const width = isIPv4(address) ? 32 : 128;
  if (bits === undefined) {
    return `${address}/${width}`;
  }
  return /^(?:0|[1-9][0-9]{0,2})$/.test(bits) && Number(bits) <= width ? text : undefined;
}

/** At least one; a name given twice counts once. */
export const SERVICE_NAMES: ValueType<readonly string[]> = listOf(
  "list",
  "one or more names of visible ASCII characters (at most 255 each), separated by commas",
  (items) =>
    items.length > 0 && items.every((item) => /^[!-~]{1,255}$/.test(item)) ? [...new Set(items)] : undefined,
);

export function oneOf<const Word extends string>(...words: readonly Word[]): ValueType<Word> {
  return single(words.join(" | "), `one of ${words.join(", ")}`, (text) =>
    words.find((word) => word === text),
  );
}

export const REALM_NAME = single(
  "name",
  "letters, digits, dots, underscores and hyphens, at most 64",
  (text) =>
    // `.` and `..` would be resolved away in the URLs that hold the name.
    /^(?!\.\.?$)[A-Za-z0-9._-]{1,64}$/.test(text) ? text : undefined,
);

const MASTER_KEY_BYTES = 32;
/** The version stands in one byte of each sealed value. */
const MASTER_KEY_VERSION_MAX = 255;

/** The versions of the master key; `current` is the one that was given first. */
export interface MasterKeys {
  readonly current: number;
  readonly keys: ReadonlyMap<number, Buffer>;
}

export const MASTER_KEY: ValueType<MasterKeys> = single(
  "key",
  "exactly 32 bytes in base64, standard or URL-safe (`openssl rand -base64 32` makes one), or several versions of it, the current one first: `v2:<base64>,v1:<base64>`",
  (text) => {
    const only = parseMasterKey(text);
    return only ? { current: 1, keys: new Map([[1, only]]) } : parseVersions(text.split(/[,\n]/));
  },
);

function parseVersions(items: readonly string[]): MasterKeys | undefined {
  const keys = new Map<number, Buffer>();
  for (const item of items) {
    const [, digits, encoded = ""] = /^v([1-9][0-9]{0,2}):(.+)$/.exec(item.trim()) ?? [];
    const version = Number(digits);
    const key = parseMasterKey(encoded);
    if (!key || !(version <= MASTER_KEY_VERSION_MAX) || keys.has(version)) {
      return undefined;
    }
    keys.set(version, key);
  }
  const [current] = keys.keys();
  return current === undefined ? undefined : { current, keys };
}

function parseMasterKey(text: string): Buffer | undefined {
  const standard = /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  const urlSafe = /^[A-Za-z0-9_-]+={0,2}$/.test(text);
  const bytes = standard || urlSafe ? Buffer.from(text, "base64") : Buffer.alloc(0);
  return bytes.length === MASTER_KEY_BYTES ? bytes : undefined;
}

export const ADMIN_PASSWORD = single("password", "12 to 1024 bytes", (text) => {
  const bytes = Buffer.byteLength(text, "utf8");
  return bytes >= 12 && bytes <= 1024 ? new Secret(text) : undefined;
});
