import { parseScope, type Scope } from "./scope.ts";

/** Who calls, as the hub says. Frozen: requests that show the same secret within the cache's time share it. */
export interface Caller {
  /** The account's name. A client of its own (client credentials) is `$client:<id>`, which is never an account's name. */
  readonly username: string;
  /** The account's id: it stays when a name is given to somebody else, so keep this one in your records. For a client as `username`. */
  readonly subject: string;
  /** The kind of credential; a bearer has the kind of what it was made from. Null where it was checked locally and does not say. */
  readonly kind: string | null;
  /** All that it may do, not only what was asked. Of a bearer that was checked locally: what it says of itself. */
  readonly scopes: readonly string[];
  /** When it ends if nothing ends it before, RFC 3339; null where it has no end. */
  readonly expiresAt: string | null;
}

/**
 * The answer to "is it good, and for this?". `missing`: no header. `malformed`: nothing that this hub can have issued, so it was not asked.
 * `inactive`: unknown, expired, revoked, its owner disabled, another's name beside it, or a kind that is not for services; the hub does not
 * say which. `insufficient_scope`: good, but not for what was asked.
 */
export type Verdict =
  | { readonly active: true; readonly caller: Caller }
  | { readonly active: false; readonly reason: "missing" | "malformed" | "inactive" }
  | { readonly active: false; readonly reason: "insufficient_scope"; readonly caller: Caller };

/** What is known of a secret or bearer that is good, whatever was asked about it. */
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
