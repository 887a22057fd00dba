import type { Credential } from "./credential.ts";
import { idleDeadline } from "./state.ts";

/** The orders of a list of credentials. `expires` is the nearer of the expiry date and the idle deadline. */
export const SORTS = ["created", "lastUsed", "expires", "title", "kind"] as const;
export type CredentialSort = (typeof SORTS)[number];

/** Equal ones go by id, in the same direction. */
export interface CredentialOrder {
  readonly by: CredentialSort;
  readonly descending: boolean;
}

export const NEWEST_FIRST: CredentialOrder = { by: "created", descending: true };

/** A place in an ordered list: the key that a credential has in that order, and its id. */
export interface CredentialPlace {
  readonly key: string | number;
  readonly id: string;
}

/** Stands for an end that never comes, so that it comes last. */
export const NEVER = Number.MAX_SAFE_INTEGER;
/** Stands for a use that never was, so that it was the longest ago. */
export const NOT_YET = 0;

/**
 * The place of a credential as stored; a use that is still in memory does not move it. Every store orders by
 * these same keys. Titles are compared by code point, ignoring the case of ASCII letters; credentials without
 * a title come first.
 */
export function placeOf(credential: Credential, by: CredentialSort): CredentialPlace {
  return { key: keyOf(credential, by), id: credential.id };
}

function keyOf(credential: Credential, by: CredentialSort): string | number {
  switch (by) {
    // Ids begin with the time.
    case "created":
      return credential.id;
    case "lastUsed":
      return credential.lastUse?.at ?? NOT_YET;
    case "expires":
      return Math.min(
        credential.expiresAt ?? NEVER,
        idleDeadline(credential, credential.lastUse?.at ?? null) ?? NEVER,
      );
    case "title":
      return (credential.title ?? "").replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    case "kind":
      return credential.kind;
  }
}
