import { Authority } from "../../core/authority/authority.ts";
import { parseScope, type Scope } from "../../core/authority/scope.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Caller } from "../../core/caller.ts";

/** The scopes named in the proxy's configuration. */
export interface Asked {
  readonly scopes: readonly Scope[];
  readonly text: string;
}

/** More than any configuration needs, and little enough that a hostile query costs nothing. */
const SCOPES_MAX = 100;
/**
 * nginx reads the whole head of an answer into one buffer, 4 KB by default; a longer one is an error to it.
 */
const SCOPE_HEADER_MAX = 2_048;
const ASKED_KEPT_MAX = 512;

const NOTHING_ASKED: Asked = { scopes: [], text: "" };

/** Cached: the same few configuration lines come again and again. */
const known = new BoundedMap<string, Asked | null>(ASKED_KEPT_MAX);

/** Reads `?scope=…`, space-separated or repeated. Null if it cannot be parsed; the caller must then deny. */
export function askedOf(url: string): Asked | null {
  const at = url.indexOf("?");
  if (at < 0) {
    return NOTHING_ASKED;
  }
  const key = url.slice(at);
  const found = known.get(key);
  if (found !== undefined) {
    return found;
  }
  const asked = parseAsked(new URLSearchParams(key));
  known.set(key, asked);
  return asked;
}

/**
 * The scope to check when the path is appended. The query then belongs to the original request: a readable
 * `scope` in it is checked, so that a client can only narrow itself, and every other parameter is ignored.
 */
export function askedBehindPath(url: string): Asked {
  const at = url.indexOf("?");
  const scope = at < 0 ? null : new URLSearchParams(url.slice(at)).get("scope");
  return (scope === null ? null : parseAsked(new URLSearchParams({ scope }))) ?? NOTHING_ASKED;
}

function parseAsked(query: URLSearchParams): Asked | null {
  // A misspelled parameter (`Scope`, `scopes`, `scope[]`) must not allow more than was meant.
  if ([...query.keys()].some((name) => name !== "scope")) {
    return null;
  }
  const given = query.getAll("scope");
  if (given.length === 0) {
    return NOTHING_ASKED;
  }
  const words = given.flatMap((value) => value.split(" ", SCOPES_MAX + 1)).filter((word) => word !== "");
  if (words.length === 0 || words.length > SCOPES_MAX) {
    return null;
  }
  const scopes = words.map((word) => parseScope(word));
  return scopes.every((scope) => scope !== null) ? { scopes, text: new Authority([scopes]).format() } : null;
}

/** The scopes as one header, cut between two of them if they are too long. */
export function scopeHeader(text: string): string {
  return text.length <= SCOPE_HEADER_MAX ? text : text.slice(0, text.lastIndexOf(" ", SCOPE_HEADER_MAX));
}

/**
 * The caller's identity as headers for the service. A derived bearer has the kind of its parent. A client
 * acts for no account: its name begins with a character that no account name can begin with.
 */
export function identityHeaders(caller: Caller): Readonly<Record<string, string>> {
  const { proof, account } = caller;
  if (account) {
    return {
      "remote-user": account.username,
      "x-mintmark-subject": account.id,
      "x-mintmark-kind": proof.by === "credential" ? proof.credential.kind : "session",
    };
  }
  const name = proof.by === "client" ? `$client:${proof.clientId}` : "$nobody";
  return { "remote-user": name, "x-mintmark-subject": name, "x-mintmark-kind": "client" };
}
