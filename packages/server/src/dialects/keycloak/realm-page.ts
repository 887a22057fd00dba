import { type AnyRoute, route } from "../../http/dialect.ts";
import { issuerOf } from "../../http/oauth/metadata.ts";

/**
 * The realm's own address, where older adapters and python-keycloak fetch the public key (Keycloak 26,
 * `PublicRealmResource`).
 */
export function realmPageRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: "public",
    read: () => undefined,
    run: (hub) => hub.keys.publicPem("realm").then((pem) => ({ pem, policy: hub.policy })),
    write: ({ pem, policy }) => ({
      status: 200,
      headers: { "access-control-allow-origin": "*" },
      body: {
        realm: policy.realm,
        public_key: pem.replace(/-----[A-Z ]+-----|\s/g, ""),
        "token-service": `${issuerOf(policy)}/protocol/openid-connect`,
        "account-service": `${issuerOf(policy)}/account`,
        "tokens-not-before": 0,
      },
    }),
  });
}
