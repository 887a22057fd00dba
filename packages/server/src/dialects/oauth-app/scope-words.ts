import { Authority } from "../../core/authority/authority.ts";
import { formatScope, parseScope, type Scope } from "../../core/authority/scope.ts";
import type { Client } from "../../core/client/client.ts";

interface Word {
  readonly scope: string;
  readonly means: string;
  readonly dangerous?: true;
}

/** Quay's scopes (auth/scopes.py) that have a counterpart here. `org:admin` and `super:user` have none. */
const WORDS: Readonly<Record<string, Word>> = {
  "repo:read": { scope: "repository:*:pull", means: "Pull from every repository that you can pull from" },
  "repo:write": {
    scope: "repository:*:pull,push",
    means: "Pull from and push to every repository where you can",
  },
  "repo:create": {
    scope: "repository:*:push",
    means: "Push to every repository where you can, also to new ones",
  },
  "repo:admin": {
    scope: "repository:*:*",
    means: "Do everything in repositories that you can do, also delete",
  },
  "user:read": { scope: "user:read", means: "See your user name and e-mail address" },
  "user:admin": {
    scope: "user:admin",
    means:
      "Manage your account's tokens and keys: see them, end them, and make new ones that can do everything you can",
    dangerous: true,
  },
};

/** Types that any application may ask for; others only one that an administrator registered with them. */
const OPEN_TYPES = new Set(["repository", "collection", "instance", "user"]);
const SCOPES_MAX = 50;

/**
 * The scopes that an application asks for: Quay's words or our own grammar, parted by spaces, Quay's also by commas. Null when one of them
 * is unknown, or more than the application was registered for: then none is given.
 */
export function readScopes(text: string, client: Client): readonly Scope[] | null {
  const words = text.split(" ").filter(Boolean).flatMap(partCommas);
  const scopes = [...new Set(words)].map(readScope);
  const registered = client.scopes.length === 0 ? null : new Authority([client.scopes]);
  const isAllowed = (scope: Scope | null): scope is Scope =>
    scope !== null && (registered ? registered.permits(scope) : OPEN_TYPES.has(scope.type));
  return scopes.length > 0 && scopes.length <= SCOPES_MAX && scopes.every(isAllowed) ? scopes : null;
}

/** `repo:read,user:admin` is two of Quay's words; `repository:a/b:pull,push` is one of ours. */
function partCommas(word: string): readonly string[] {
  const parts = word.split(",");
  return parts.every((part) => Object.hasOwn(WORDS, part)) ? parts : [word];
}

function readScope(word: string): Scope | null {
  const known = Object.hasOwn(WORDS, word) ? WORDS[word]?.scope : undefined;
  const scope = parseScope(known ?? word);
  // Of the two-part ones only those that the page can explain.
  return scope !== null && known === undefined && scope.name === "" ? null : scope;
}

/** The scopes as the application knows them. */
export function writeScopes(scopes: readonly Scope[]): string {
  return scopes.map((scope) => wordFor(scope)?.[0] ?? formatScope(scope)).join(" ");
}

export interface DescribedScope {
  readonly name: string;
  readonly means: string | null;
  readonly dangerous: boolean;
}

/** What the page tells the person who is asked. */
export function describeScopes(scopes: readonly Scope[]): readonly DescribedScope[] {
  return scopes.map((scope) => {
    const [name, word] = wordFor(scope) ?? [formatScope(scope), null];
    const dangerous = word ? word.dangerous === true : !OPEN_TYPES.has(scope.type);
    return { name, means: word?.means ?? null, dangerous };
  });
}

function wordFor(scope: Scope): readonly [string, Word] | null {
  const text = formatScope(scope);
  return Object.entries(WORDS).find(([, word]) => word.scope === text) ?? null;
}
