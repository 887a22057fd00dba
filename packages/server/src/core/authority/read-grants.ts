import { HubError } from "../errors.ts";
import { parseScope, type Scope } from "./scope.ts";

const GRANTS_MAX = 1000;

/** Reads scopes that an administrator wants to grant. Throws `invalid_scope`, naming the scope that cannot be read. */
export function readGrants(texts: readonly string[]): readonly Scope[] {
  if (texts.length > GRANTS_MAX) {
    throw new HubError("invalid_scope", { field: "grants" });
  }
  return texts.map((text) => {
    const scope = parseScope(text);
    if (scope === null) {
      throw new HubError("invalid_scope", {
        field: "grants",
        explanation: `Not a scope: ${printable(text)}`,
      });
    }
    return scope;
  });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
