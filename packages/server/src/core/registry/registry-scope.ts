import type { Authority } from "../authority/authority.ts";
import { parseScope, type Scope } from "../authority/scope.ts";

/** What is asked of a registry for one name. */
export interface RegistryAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** distribution/reference: an optional `host:port`, then lower-case components. */
const REPOSITORY =
  /^(?:[A-Za-z0-9.-]+:[0-9]+\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const NAME_LENGTH_MAX = 255;
/** More names than any client asks for at once; the rest is left out, so that nobody gets a token as large as a body may be. */
const NAMES_MAX = 100;
const REPOSITORY_ACTIONS = ["pull", "push", "delete", "*"] as const;
/** `repository(plugin):…`: the class is deprecated and decides nothing. */
const CLASS = /^([a-z]+)\([a-z0-9]+\)(?=:)/;

/**
 * The scopes in texts that hold any number of them. What cannot be read, has an unknown type or an illegal name is left out: a client asks
 * for more than its user knows of (blobs remembered from other repositories), and asking is no error. Repeated names become one.
 */
export function readRegistryScopes(texts: readonly string[]): readonly RegistryAccess[] {
  const merged = new Map<string, RegistryAccess>();
  for (const text of texts.flatMap((list) => list.split(" "))) {
    const scope = parseScope(text.replace(CLASS, "$1"));
    if (scope === null || !isOfRegistry(scope) || merged.size >= NAMES_MAX) {
      continue;
    }
    const key = `${scope.type}:${scope.name}`;
    const actions = [...new Set([...(merged.get(key)?.actions ?? []), ...scope.actions])];
    merged.set(key, { type: scope.type, name: scope.name, actions });
  }
  return [...merged.values()];
}

function isOfRegistry({ type, name }: Scope): boolean {
  if (type === "registry") {
    return name === "catalog";
  }
  return type === "repository" && name.length <= NAME_LENGTH_MAX && REPOSITORY.test(name);
}

/** Of what is asked, what the authority allows; names with nothing left are left out. `*` asks for all that is held there. */
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
