import { Authority } from "../../core/authority/authority.ts";
import { formatScope, parseScope, type Scope } from "../../core/authority/scope.ts";
import { showScope } from "../../core/authority/scope-list.ts";
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
  "user:read": { scope: "user:profile:read", means: "See your user name and e-mail address" },
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

export type AskedScopes = { readonly scopes: readonly Scope[] } | { readonly refused: string };

/**
 * The scopes that an application asks for: Quay's words or our own grammar, separated by spaces, Quay's also
 * by commas. If one of them is unknown, or more than the application was registered for, none is given;
 * `refused` is the sentence that names it.
 */
export function readScopes(text: string, client: Client): AskedScopes {
  const words = [...new Set(text.split(" ").filter(Boolean).flatMap(partCommas))];
  if (words.length === 0) {
    return { refused: "The parameter scope is missing." };
  }
  if (words.length > SCOPES_MAX) {
    return { refused: `At most ${SCOPES_MAX} scopes may be asked for at once.` };
  }
  const registered = client.scopes.length === 0 ? null : new Authority([client.scopes]);
  const scopes: Scope[] = [];
  for (const word of words) {
    const scope = readScope(word);
    if (scope === null) {
      return { refused: `The scope ${showScope(word)} is unknown.` };
    }
    if (!(registered ? registered.permits(scope) : OPEN_TYPES.has(scope.type))) {
      return { refused: `The scope ${showScope(word)} is not for this application.` };
    }
    scopes.push(scope);
  }
  return { scopes };
}

/** `repo:read,user:admin` is two scopes of Quay; `repository:a/b:pull,push` is one of the hub's. */
function partCommas(word: string): readonly string[] {
  const parts = word.split(",");
  return parts.every((part) => Object.hasOwn(WORDS, part)) ? parts : [word];
}

function readScope(word: string): Scope | null {
  const known = Object.hasOwn(WORDS, word) ? WORDS[word]?.scope : undefined;
  return parseScope(known ?? word);
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

/** The text that the consent page shows. */
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
