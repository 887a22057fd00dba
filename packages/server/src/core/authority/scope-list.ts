import { HubError } from "../errors.ts";
import { SECRET_PATTERN } from "../secret/format.ts";
import { formatScope, parseScope, type Scope } from "./scope.ts";

const SHOWN_LENGTH_MAX = 120;
const LIST_SHOWN_LENGTH_MAX = 400;

/**
 * Reads every scope of a request. An unreadable one is refused and named, never skipped, since the list
 * without it may allow more than was meant. Throws `invalid_scope`.
 */
export function readScopeList(
  texts: readonly string[],
  { field, max }: { readonly field: string; readonly max: number },
): readonly Scope[] {
  if (texts.length > max) {
    throw new HubError("invalid_scope", {
      field,
      explanation: `${field} has ${texts.length} scopes; expected at most ${max}.`,
    });
  }
  return texts.map((text) => {
    const scope = parseScope(text);
    if (scope === null) {
      throw refuseUnreadable(text, field);
    }
    return scope;
  });
}

/** The refusal of a scope that cannot be read. */
export function refuseUnreadable(text: string, field: string): HubError {
  return new HubError("invalid_scope", {
    field,
    explanation: `The scope ${showScope(text)} cannot be read; a scope is type:name:action[,action], or user:admin.`,
  });
}

/** The refusal of a scope that can be read and may not be given here. */
export function refuseScope(text: string, field: string, why: string): HubError {
  return new HubError("invalid_scope", { field, explanation: `The scope ${showScope(text)} ${why}.` });
}

/** The refusal of a list without a scope, which is never a short form of something else. */
export function refuseNoScopes(field: string): HubError {
  return new HubError("invalid_scope", {
    field,
    explanation: `${field} is an empty list; expected at least one scope, such as collection:acme.*:download.`,
  });
}

/** The refusal of scopes of which the caller may have none. */
export function refuseAllScopes(scopes: readonly Scope[], field: string, why: string): HubError {
  const names = scopes.map(formatScope).map(showScope).join(" ").slice(0, LIST_SHOWN_LENGTH_MAX);
  return new HubError("invalid_scope", { field, explanation: `${why}: ${names}` });
}

/** The refusal of scopes that cross with what is held in more ways than can be listed. */
export function refuseTooMany(field: string): HubError {
  return new HubError("invalid_scope", {
    field,
    explanation: "These scopes cross with what is held in too many ways. Name things instead of patterns.",
  });
}

/**
 * The part of the text that may be returned: no pasted secret, and only the characters of an
 * `error_description` (RFC 6749 §5.2).
 */
export function showScope(text: string): string {
  if (text.includes("eyJ")) {
    return "[secret]";
  }
  const shown = text
    .replace(SECRET_PATTERN, "[secret]")
    .slice(0, SHOWN_LENGTH_MAX + 1)
    .replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, "?");
  if (shown === "") {
    return "(empty)";
  }
  return shown.length <= SHOWN_LENGTH_MAX ? shown : `${shown.slice(0, SHOWN_LENGTH_MAX)}...`;
}
