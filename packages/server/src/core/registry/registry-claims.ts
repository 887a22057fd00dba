import type { Account } from "../account/account.ts";
import type { Authority } from "../authority/authority.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { Caller } from "../caller.ts";
import { SharedClaims } from "../keys/shared-claims.ts";
import { grantRegistryAccess, isLasting, type RegistryAccess } from "./registry-scope.ts";

/**
 * The `iss` of registry tokens, and the `issuer` in a registry's configuration. A name and not an address, so
 * that it survives a move.
 */
const REGISTRY_ISSUER = "mintmark";

/** What the tokens for the same request of the same caller have in common. */
export interface RegistryClaims {
  readonly account: Account | null;
  readonly service: string;
  readonly granted: readonly RegistryAccess[];
  readonly shared: SharedClaims;
}

/** One or two kilobytes for each pair of a caller and a request. */
const AUTHORITIES_KEPT_MAX = 1_000;
const REQUESTS_KEPT_MAX = 16;

/**
 * By the authority, which is another object as soon as the account, a grant or a team changes, and by the
 * list of what is asked, which `readRegistryScopes` gives as the same object for the same text.
 */
const kept = new BoundedMap<Authority, BoundedMap<readonly RegistryAccess[], RegistryClaims>>(
  AUTHORITIES_KEPT_MAX,
);

/** The granted part of the request, and the claims that say so. */
export function registryClaims(
  { account, authority }: Caller,
  asked: readonly RegistryAccess[],
  service: string,
): RegistryClaims {
  const known = kept.get(authority)?.get(asked);
  if (known && known.account === account && known.service === service) {
    return known;
  }
  const granted = grantRegistryAccess(authority, asked);
  const shared = new SharedClaims({
    iss: REGISTRY_ISSUER,
    sub: account?.username ?? "",
    // One string: docker-registry 2.8 refuses an array.
    aud: service,
    access: granted,
  });
  const claims = { account, service, granted, shared };
  // The authority of a caller without an account is put together for each request.
  if (account !== null && isLasting(asked)) {
    keep(authority, asked, claims);
  }
  return claims;
}

function keep(authority: Authority, asked: readonly RegistryAccess[], claims: RegistryClaims): void {
  const requests = kept.get(authority) ?? new BoundedMap(REQUESTS_KEPT_MAX);
  requests.set(asked, claims);
  kept.set(authority, requests);
}
