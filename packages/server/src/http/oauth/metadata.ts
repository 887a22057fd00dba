import type { Policy } from "../../core/context.ts";
import type { KeyPurpose } from "../../core/keys/signing-key.ts";
import type { AnyRoute } from "../dialect.ts";
import { route } from "../dialect.ts";

export const DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * Long enough to spare requests, and short compared with the time for which a next key is published before it
 * signs.
 */
const PUBLIC_CACHE = {
  "cache-control": "public, max-age=300",
  // Keys and addresses are for every page of every origin.
  "access-control-allow-origin": "*",
};

/** The one issuer of realm tokens, as each discovery document and each token names it. */
export function issuerOf(policy: Policy): string {
  return `${policy.publicUrl}/auth/realms/${encodeURIComponent(policy.realm)}`;
}

/**
 * The metadata of OpenID Connect Discovery §3 and RFC 8414 §2: one document for both, so that they never
 * disagree.
 */
function describeIssuer(policy: Policy): Readonly<Record<string, unknown>> {
  const issuer = issuerOf(policy);
  const protocol = `${issuer}/protocol/openid-connect`;
  const authentication = ["client_secret_basic", "client_secret_post"];
  return {
    issuer,
    token_endpoint: `${protocol}/token`,
    introspection_endpoint: `${protocol}/token/introspect`,
    revocation_endpoint: `${protocol}/revoke`,
    device_authorization_endpoint: `${protocol}/auth/device`,
    jwks_uri: `${protocol}/certs`,
    userinfo_endpoint: `${protocol}/userinfo`,
    end_session_endpoint: `${protocol}/logout`,
    grant_types_supported: ["refresh_token", "client_credentials", DEVICE_CODE_GRANT],
    // No authorization endpoint belongs to this issuer: people log in at the hub itself or by device.
    response_types_supported: [],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [policy.realmAlgorithm],
    scopes_supported: ["openid", "offline_access"],
    claims_supported: [
      "sub",
      "iss",
      "aud",
      "exp",
      "iat",
      "preferred_username",
      "email",
      "name",
      "azp",
      "sid",
    ],
    token_endpoint_auth_methods_supported: [...authentication, "none"],
    introspection_endpoint_auth_methods_supported: authentication,
    revocation_endpoint_auth_methods_supported: [...authentication, "none"],
    service_documentation: `${policy.publicUrl}/`,
  };
}

export function metadataRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: "public",
    read: () => null,
    run: async (hub) => describeIssuer(hub.policy),
    write: (body) => ({ status: 200, body, headers: PUBLIC_CACHE }),
  });
}

/** The keys that tokens of these purposes are verified with (RFC 7517). */
export function keysRoute(path: string, purposes: readonly KeyPurpose[] = ["realm"]): AnyRoute {
  return route({
    method: "GET",
    path,
    access: "public",
    read: () => null,
    run: (hub) => hub.keys.jwks(purposes),
    write: (keys) => ({ status: 200, body: { keys }, headers: PUBLIC_CACHE }),
  });
}
