import type { Account } from "../../core/account/account.ts";
import type { Authority } from "../../core/authority/authority.ts";
import type { BearerClaims } from "../../core/bearer/bearer.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Client } from "../../core/client/client.ts";
import type { Policy } from "../../core/context.ts";
import type { CommonClaims, SharedClaims } from "../../core/keys/shared-claims.ts";
import { issuerOf } from "../../http/oauth/metadata.ts";

/** For whom bearers are signed. None of these objects ever changes; a change makes another object. */
export interface BearerOwner {
  readonly account: Account;
  readonly client: Client;
  readonly openId: boolean;
}

/** What the bearers of one owner have in common, as long as neither owner nor authority changes. */
export interface OwnerClaims extends BearerOwner {
  /** The list of scopes as the answer names it. */
  readonly scope: string;
  readonly shared: SharedClaims;
}

/** One to four kilobytes each. */
const KEPT_MAX = 10_000;

/**
 * By the authority, which belongs to one account and is another object as soon as a grant, a team or the
 * account changes. One entry each: most owners use one client.
 */
const known = new BoundedMap<Authority, OwnerClaims>(KEPT_MAX);

/**
 * The common claims of bearers with this authority, as it was found for a credential: those of the last call
 * if all of it is the same, else what `make` puts together. Narrowed authorities do not belong here: callers
 * choose them, so there is no end to them.
 */
export function keptClaims(
  authority: Authority,
  { account, client, openId }: BearerOwner,
  make: () => OwnerClaims,
): OwnerClaims {
  const last = known.get(authority);
  if (last && last.account === account && last.client === client && last.openId === openId) {
    return last;
  }
  const made = make();
  known.set(authority, made);
  return made;
}

/** The claims of Keycloak 26 that name the issuer, the client and the subject. */
export function realmClaims(
  policy: Policy,
  scope: string,
  claims: Omit<BearerClaims, "mm_parent"> & {
    readonly sub: string;
    readonly client_id: string;
    readonly preferred_username?: string;
    readonly email?: string;
  },
): CommonClaims {
  return {
    iss: issuerOf(policy),
    aud: policy.publicUrl,
    typ: "Bearer",
    azp: claims.client_id,
    scope,
    ...claims,
  };
}
