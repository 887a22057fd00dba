import { Authority } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { narrowAddresses } from "./addresses.ts";
import type { Credential } from "./credential.ts";
import { ownLifetime } from "./lifetime.ts";

/** The members of a successor that follow a narrowing of its predecessor. */
export type Narrowed = Pick<Credential, "scopes" | "addresses" | "selfRotate" | "expiresAt">;

/**
 * The scopes, addresses, self-rotation and end of a successor, cut to those of its predecessor. Throws
 * `nothing_left` if both have no scope or no address in common.
 */
export function narrowedSuccessor(
  context: HubContext,
  successor: Credential,
  predecessor: Credential,
): Narrowed {
  const addresses = narrowAddresses(successor.addresses, predecessor.addresses);
  const scopes = narrowScopes(successor.scopes, predecessor.scopes);
  if (addresses?.length === 0 || scopes.length === 0) {
    throw new HubError("nothing_left", {
      explanation:
        "The credential and its unused successor would have no scope or no address in common. End the successor first.",
    });
  }
  const own = ownLifetime(context, predecessor, context.clock.now()).expiresAt ?? Number.POSITIVE_INFINITY;
  const expiresAt = Math.min(successor.expiresAt ?? Number.POSITIVE_INFINITY, own);
  return {
    scopes,
    addresses,
    selfRotate: successor.selfRotate && predecessor.selfRotate,
    expiresAt: expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt,
  };
}

/** `scopes` as they are written if `limit` allows them all; else what both allow. */
function narrowScopes(scopes: readonly Scope[], limit: readonly Scope[]): readonly Scope[] {
  const allowed = new Authority([limit]);
  return scopes.every((scope) => allowed.permits(scope))
    ? scopes
    : new Authority([limit, scopes]).effective();
}
