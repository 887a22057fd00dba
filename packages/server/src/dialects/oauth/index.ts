import type { Hub } from "../../core/hub.ts";
import type { Dialect } from "../../http/dialect.ts";
import { introspectionRoute } from "../../http/oauth/introspection.ts";
import { keysRoute, metadataRoute } from "../../http/oauth/metadata.ts";
import { refuseOAuth } from "../../http/oauth/refusals.ts";
import { revocationRoute } from "../../http/oauth/revocation.ts";

/**
 * The endpoints that a service needs, by the names of the standards: introspection (RFC 7662), revocation
 * (RFC 7009), metadata (RFC 8414) and keys (RFC 7517). The issuer is the realm's.
 */
export function oauthDialect(hub: Hub): Dialect {
  const { policy } = hub;
  const wellKnown = "/.well-known/oauth-authorization-server";
  return {
    name: "oauth",
    prefixes: ["/oauth", "/.well-known"],
    routes: [
      introspectionRoute("/oauth/introspect"),
      revocationRoute("/oauth/revoke"),
      keysRoute("/oauth/jwks", ["realm", "zen"]),
      metadataRoute(wellKnown),
      // RFC 8414 §3.1: where a client looks that was told the issuer and nothing else.
      metadataRoute(`${wellKnown}/auth/realms/${encodeURIComponent(policy.realm)}`),
    ],
    refuse: (error, request) => refuseOAuth(error, request, `${policy.publicUrl}/`),
  };
}
