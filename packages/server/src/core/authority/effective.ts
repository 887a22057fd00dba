import { covers, intersect, type Scope } from "./scope.ts";
import { candidatesFor, ScopeIndex } from "./scope-index.ts";

/** The longest list that is written down. */
const EFFECTIVE_MAX = 5_000;
/** So many more scopes than the longer of two layers has may come out of crossing wildcards. */
const CROSSINGS_MAX = 500;
/**
 * Characters of names that are compared for one list, beyond eight times those of its own; about ten
 * milliseconds.
 */
const COMPARED_MAX = 300_000;

export interface EffectiveScopes {
  readonly scopes: readonly Scope[];
  /**
   * True if wildcards of two layers cross in so many ways that some of what both allow is missing from the
   * list.
   */
  readonly crossesTooOften: boolean;
}

/**
 * The scopes that every layer allows, without duplicates. Crossing wildcards multiply (`a.*` with `*.b`, a
 * hundred times fifty), so the work and the list have a limit; scopes beyond it are left out.
 */
export function effectiveScopes(layers: readonly (readonly Scope[])[]): EffectiveScopes {
  const [first = [], ...rest] = layers;
  let current: readonly Scope[] = first;
  let crossesTooOften = false;
  for (const layer of rest) {
    const met = meet(current, layer);
    current = met.scopes;
    crossesTooOften ||= met.crossesTooOften;
  }
  return { scopes: withoutCovered(mergeActions(current)).slice(0, EFFECTIVE_MAX), crossesTooOften };
}

function meet(current: readonly Scope[], layer: readonly Scope[]): EffectiveScopes {
  const index = ScopeIndex.of(layer);
  const effort = new Effort([current, layer]);
  const scopesMax = CROSSINGS_MAX + Math.max(current.length, layer.length);
  const scopes: Scope[] = [];
  for (const scope of current) {
    for (const other of index.mayMeet(scope)) {
      if (!effort.allows(scope, other) || scopes.length >= scopesMax) {
        return { scopes, crossesTooOften: true };
      }
      const common = intersect(scope, other);
      if (common !== null) {
        scopes.push(common);
      }
    }
  }
  return { scopes, crossesTooOften: false };
}

/** One scope for each type and name. Takes time in proportion to the scopes and their actions. */
export function mergeActions(scopes: readonly Scope[]): readonly Scope[] {
  const merged = new Map<string, { readonly scope: Scope; readonly actions: Set<string> }>();
  for (const scope of scopes) {
    const key = `${scope.type}:${scope.name}`;
    const known = merged.get(key);
    if (known) {
      for (const action of scope.actions) {
        known.actions.add(action);
      }
    } else {
      merged.set(key, { scope, actions: new Set(scope.actions) });
    }
  }
  return [...merged.values()].map(({ scope, actions }) => ({
    ...scope,
    actions: actions.has("*") ? ["*"] : [...actions],
  }));
}

/**
 * Leaves out scopes that another one covers. A scope that stays because the effort ran out is redundant,
 * never wrong.
 */
function withoutCovered(scopes: readonly Scope[]): readonly Scope[] {
  const effort = new Effort([scopes]);
  return scopes.filter((scope) => {
    for (const other of candidatesFor(scopes, scope)) {
      if (!effort.allows(scope, other)) {
        return true;
      }
      if (other !== scope && covers(other, scope)) {
        return false;
      }
    }
    return true;
  });
}

const PAIR_COST = 20;

/** Comparing two names takes time in proportion to their lengths, so the effort is counted in characters. */
class Effort {
  #left: number;

  constructor(lists: readonly (readonly Scope[])[]) {
    const own = lists.flat().reduce((sum, { name }) => sum + name.length + PAIR_COST, 0);
    this.#left = COMPARED_MAX + 8 * own;
  }

  /** May these two be compared as well? */
  allows(one: Scope, other: Scope): boolean {
    this.#left -= one.name.length + other.name.length + PAIR_COST;
    return this.#left >= 0;
  }
}
