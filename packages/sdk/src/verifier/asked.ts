import { parseScope, type Scope } from "./scope.ts";

/**
 * Scopes as a caller of the SDK writes them: one or several in a string, parted by spaces, or a list of such.
 * All of them must be held.
 */
export type AskedScope = string | readonly string[];

const SCOPES_MAX = 64;
const KEPT_MAX = 512;

/** A service asks for the same few scopes again and again, so each is read once. */
const known = new Map<string, readonly Scope[] | null>();

/**
 * The requested scopes: none for null. Returns null if one cannot be read, and for an empty text: the caller
 * must then deny, since a mistake must not allow more than was meant.
 */
export function readAsked(asked: AskedScope | null | undefined): readonly Scope[] | null {
  if (asked === null) {
    return [];
  }
  const texts: readonly unknown[] = Array.isArray(asked) ? asked : [asked];
  if (!texts.every((text) => typeof text === "string" && text.trim() !== "")) {
    return null;
  }
  const text = texts.join(" ");
  const found = known.get(text);
  if (found !== undefined) {
    return found;
  }
  const scopes = parseAsked(text);
  if (known.size >= KEPT_MAX) {
    known.clear();
  }
  known.set(text, scopes);
  return scopes;
}

function parseAsked(text: string): readonly Scope[] | null {
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length === 0 || words.length > SCOPES_MAX) {
    return null;
  }
  const scopes = words.map((word) => parseScope(word));
  return scopes.every((scope) => scope !== null) ? scopes : null;
}
