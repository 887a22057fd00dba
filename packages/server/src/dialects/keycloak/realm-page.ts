import { type AnyRoute, route, type WireReply } from "../../http/dialect.ts";
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
    read: () => null,
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

/**
 * The pages of the realm that people open in a browser: the account console, which the realm's own address
 * names, and the page where a device's code is typed in. The hub has both elsewhere.
 */
export function pageRoutes(realm: string): readonly AnyRoute[] {
  return (
    [
      ["account", "/overview"],
      ["device", "/device"],
    ] as const
  ).map(([name, page]) =>
    route({
      method: "GET",
      path: `${realm}/${name}`,
      access: "public",
      read: ({ url }) => (url.includes("?") ? url.slice(url.indexOf("?")) : ""),
      run: async (hub, query) => `${hub.policy.publicUrl}${page}${query}`,
      write: (location): WireReply => ({ status: 302, headers: { location } }),
    }),
  );
}
