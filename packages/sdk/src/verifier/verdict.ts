import { parseScope, type Scope } from "./scope.ts";

/**
 * Who calls, as the hub says. Frozen: requests that show the same secret within the cache's time share it.
 */
export interface Caller {
  /**
   * The account's name. A client of its own (client credentials) is `$client:<id>`, which is never an
   * account's name.
   */
  readonly username: string;
  /**
   * The account's id. It stays when a name passes to another account, so keep the id in your records. For a
   * client as `username`.
   */
  readonly subject: string;
  /**
   * The kind of credential; a derived bearer has the kind of its parent. Null if a local check cannot tell.
   */
  readonly kind: string | null;
  /**
   * Everything it may do, not only the requested scopes. For a bearer that was checked locally: its own
   * claim.
   */
  readonly scopes: readonly string[];
  /** When it ends if nothing ends it before, RFC 3339; null where it has no end. */
  readonly expiresAt: string | null;
}

/**
 * The answer to "is it good, and for this?". `missing`: no header. `malformed`: cannot have been issued by
 * this hub, so the hub was not asked. `inactive`: unknown, expired, revoked, its owner disabled, sent with
 * another user's name, or a kind that is not for services; the hub does not say which. `insufficient_scope`:
 * good, but not for the requested scopes.
 */
export type Verdict =
  | { readonly active: true; readonly caller: Caller }
  | { readonly active: false; readonly reason: "missing" | "malformed" | "inactive" }
  | { readonly active: false; readonly reason: "insufficient_scope"; readonly caller: Caller };

/** The facts of an active secret or bearer, independent of the requested scopes. */
export interface Known {
  readonly caller: Caller;
  readonly held: readonly Scope[];
  /** Epoch milliseconds. */
  readonly endsAt: number | null;
}

export function knownOf(
  caller: Omit<Caller, "scopes" | "expiresAt">,
  scopes: readonly string[],
  endsAt: number | null,
): Known {
  return {
    caller: Object.freeze({
      ...caller,
      scopes: Object.freeze([...scopes]),
      expiresAt: endsAt === null ? null : new Date(endsAt).toISOString(),
    }),
    held: scopes.map((scope) => parseScope(scope)).filter((scope) => scope !== null),
    endsAt,
  };
}

/** The name of a client that acts for no account; an account's name cannot begin so. */
export function clientName(clientId: string): string {
  return `$client:${clientId}`;
}
