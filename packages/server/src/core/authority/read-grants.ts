import type { Scope } from "./scope.ts";
import { readScopeList } from "./scope-list.ts";

const GRANTS_MAX = 1000;

/**
 * Reads scopes that an administrator wants to grant. Throws `invalid_scope`, naming the scope that cannot be
 * read.
 */
export function readGrants(texts: readonly string[]): readonly Scope[] {
  return readScopeList(texts, { field: "grants", max: GRANTS_MAX });
}
