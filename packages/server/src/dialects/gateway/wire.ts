import { Authority } from "../../core/authority/authority.ts";
import { parseScope, type Scope } from "../../core/authority/scope.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Caller } from "../../core/caller.ts";

/** What a configuration line asks for. */
export interface Asked {
  readonly scopes: readonly Scope[];
  readonly text: string;
}

/** More than any configuration needs, and little enough that a hostile query costs nothing. */
const SCOPES_MAX = 100;
/** nginx reads the whole head of an answer into one buffer, 4 KB by default; a longer one is an error to it. */
const SCOPE_HEADER_MAX = 2_048;
const ASKED_KEPT_MAX = 512;

const NOTHING_ASKED: Asked = { scopes: [], text: "" };

/** The same few configuration lines come again and again, so what they ask for is read once. */
const known = new BoundedMap<string, Asked | null>(ASKED_KEPT_MAX);

/** Reads `?scope=…`, space-separated or repeated. Null for a question that cannot be read, which is refused to everybody. */
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

function parseAsked(query: URLSearchParams): Asked | null {
  // A misspelled parameter (`Scope`, `scopes`, `scope[]`) must not open the door wider than it was meant to be.
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

/** Scopes as one header, cut between two of them where they are too many. */
export function scopeHeader(text: string): string {
  return text.length <= SCOPE_HEADER_MAX ? text : text.slice(0, text.lastIndexOf(" ", SCOPE_HEADER_MAX));
}

/**
 * Who it is, in the headers that go on to the service. A bearer answers with the kind of what it was made from. A client acts for no
 * account: its name begins with a character that no account name can begin with.
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
