import { Type } from "typebox";
import { formatDuration } from "../../core/duration.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { SIGNED_IN } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";

const Duration = Type.String({ description: "a duration, or never" });

const EndpointsView = Type.Object({
  publicUrl: Type.String(),
  realm: Type.String(),
  tokenUrl: Type.String({ description: "the URL at which an offline token is exchanged" }),
  galaxyUrl: Type.String({ description: "for ansible-galaxy, with its slash at the end" }),
  registryHost: Type.String({ description: "the registry in log-in commands" }),
  registryHosts: Type.Array(Type.String(), { description: "the registries that trust this hub" }),
  registryServices: Type.Array(Type.String()),
  settings: Type.Object({
    offlineIdle: Duration,
    accessTokenLifetime: Duration,
    appTokenExpiration: Duration,
    appTokenReveal: Type.String({ description: "once or always" }),
    apiKeyExpiration: Duration,
    freshLogin: Duration,
    sessionLifetime: Duration,
    zenTokenLifetime: Duration,
    registryTokenLifetime: Duration,
  }),
});

/**
 * The addresses of the systems that the hub speaks for, and the lifetimes in force, for the snippets that the
 * console shows.
 */
export function endpointsRoute(base: string, galaxyPrefix: string): AnyRoute {
  return route({
    method: "GET",
    path: `${base}/endpoints`,
    access: SIGNED_IN,
    description: {
      id: "getEndpoints",
      summary: "Addresses of the systems the hub speaks for, and the lifetimes in force",
      tag: "endpoints",
      status: 200,
      answer: EndpointsView,
      refusals: [401],
    } satisfies RouteDescription,
    read: () => null,
    run: async (hub) => {
      const { policy } = hub;
      return {
        publicUrl: policy.publicUrl,
        realm: policy.realm,
        tokenUrl: `${policy.publicUrl}/auth/realms/${policy.realm}/protocol/openid-connect/token`,
        galaxyUrl: `${policy.publicUrl}${galaxyPrefix}/`,
        registryHost: policy.registryHosts[0] ?? new URL(policy.publicUrl).host,
        registryHosts: [...policy.registryHosts],
        registryServices: [...policy.registryServices],
        settings: {
          offlineIdle: formatDuration(policy.offlineIdleMs),
          accessTokenLifetime: formatDuration(policy.accessTokenLifetimeMs),
          appTokenExpiration: formatDuration(policy.appTokenExpirationMs),
          appTokenReveal: policy.appTokenReveal,
          apiKeyExpiration: formatDuration(policy.apiKeyExpirationMs),
          freshLogin: formatDuration(policy.freshLoginMs),
          sessionLifetime: formatDuration(policy.sessionLifetimeMs),
          zenTokenLifetime: formatDuration(policy.zenTokenLifetimeMs),
          registryTokenLifetime: formatDuration(policy.registryTokenLifetimeMs),
        },
      };
    },
    write: (body) => ({ status: 200, body }),
  });
}
