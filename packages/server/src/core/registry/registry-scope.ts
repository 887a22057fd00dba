import type { Authority } from "../authority/authority.ts";
import { mergeActions } from "../authority/effective.ts";
import { parseScope, type Scope } from "../authority/scope.ts";
import { BoundedMap } from "../bounded-map.ts";
import { HubError } from "../errors.ts";

/** The requested actions on one name of a registry. */
export interface RegistryAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** distribution/reference: an optional `host:port`, then lower-case components. */
const REPOSITORY =
  /^(?:[A-Za-z0-9.-]+:[0-9]+\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const NAME_LENGTH_MAX = 255;
/** More than any client asks for at once. */
const WORDS_MAX = 100;
const REPOSITORY_ACTIONS = ["pull", "push", "delete", "*"] as const;
/** `repository(plugin):…`: the class is deprecated and decides nothing. */
const CLASS = /^([a-z]+)\([a-z0-9]+\)(?=:)/;

/** Clients ask for the same few again and again. */
const TEXTS_KEPT_MAX = 1_000;
const KEPT_LENGTH_MAX = 512;
const NOTHING: readonly RegistryAccess[] = [];

/** By the text that it was read from. Only texts of nothing but scopes are kept, so no pasted secret is. */
const kept = new BoundedMap<string, readonly RegistryAccess[]>(TEXTS_KEPT_MAX);
/** The lists that the same text gives again. They are short, since their texts are. */
const lasting = new WeakSet<readonly RegistryAccess[]>([NOTHING]);

/** True if the list is short and its text gives this same list again, so that more may be kept with it. */
export function isLasting(asked: readonly RegistryAccess[]): boolean {
  return lasting.has(asked);
}

/**
 * The scopes in texts that hold any number of them. Unreadable scopes, unknown types and illegal names are
 * left out: a client asks for more than its user knows of (blobs remembered from other repositories), and
 * asking is no error. Repeated names are merged. A single text is read once, and gives the same list again.
 * Throws `malformed_request` for more words than any client sends.
 */
export function readRegistryScopes(texts: readonly string[]): readonly RegistryAccess[] {
  const [text, another] = texts;
  if (text === undefined) {
    return NOTHING;
  }
  const known = another === undefined ? kept.get(text) : undefined;
  if (known) {
    return known;
  }
  const { access, isWhole } = parseRegistryScopes(texts);
  if (another === undefined && isWhole && text.length <= KEPT_LENGTH_MAX) {
    kept.set(text, access);
    lasting.add(access);
  }
  return access;
}

/** `isWhole` tells whether nothing was left out. */
function parseRegistryScopes(texts: readonly string[]): {
  readonly access: readonly RegistryAccess[];
  readonly isWhole: boolean;
} {
  const words = texts.flatMap((list) => list.split(" ", WORDS_MAX + 1)).filter((word) => word !== "");
  if (words.length > WORDS_MAX) {
    throw new HubError("malformed_request", {
      field: "scope",
      explanation: `At most ${WORDS_MAX} scopes may be requested at once.`,
    });
  }
  const scopes = words
    .map((word) => parseScope(word.replace(CLASS, "$1")))
    .filter((scope) => scope !== null && isOfRegistry(scope));
  const access = mergeActions(scopes as readonly Scope[]);
  return {
    access: access.map(({ type, name, actions }) => ({ type, name, actions })),
    isWhole: scopes.length === words.length,
  };
}

function isOfRegistry({ type, name }: Scope): boolean {
  if (type === "registry") {
    return name === "catalog";
  }
  return type === "repository" && name.length <= NAME_LENGTH_MAX && REPOSITORY.test(name);
}

/**
 * The part of the request that the authority allows; names without an allowed action are left out. `*` asks
 * for all actions that are held there.
 */
export function grantRegistryAccess(
  authority: Authority,
  asked: readonly RegistryAccess[],
): readonly RegistryAccess[] {
  return asked
    .map(({ type, name, actions }) => {
      const known: readonly string[] = type === "repository" ? REPOSITORY_ACTIONS : ["*"];
      const wanted = actions.includes("*") ? known : known.filter((action) => actions.includes(action));
      return {
        type,
        name,
        actions: wanted.filter((action) => authority.permits({ type, name, actions: [action] })),
      };
    })
    .filter(({ actions }) => actions.length > 0);
}
