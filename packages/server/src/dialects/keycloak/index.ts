import { Authority } from "../../core/authority/authority.ts";
import { formatScope } from "../../core/authority/scope.ts";
import { refuseScope } from "../../core/authority/scope-list.ts";
import { requireFlow } from "../../core/client/require-flow.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { type AnyRoute, type Dialect, route } from "../../http/dialect.ts";
import { introspectionRoute } from "../../http/oauth/introspection.ts";
import { keysRoute, metadataRoute } from "../../http/oauth/metadata.ts";
import { refuseOAuth } from "../../http/oauth/refusals.ts";
import { revocationRoute } from "../../http/oauth/revocation.ts";
import { runGrant } from "./grants.ts";
import { logoutRoute } from "./logout.ts";
import { pageRoutes, realmPageRoute } from "./realm-page.ts";
import { userinfoRoutes } from "./userinfo.ts";
import {
  type ClientRequest,
  readAskedScopes,
  readClientRequest,
  requireClient,
  writeDevice,
  writeTokens,
} from "./wire.ts";

/**
 * A Keycloak realm as automation hub's users know it from Red Hat SSO: offline tokens are exchanged here for
 * bearers of minutes. The paths and answers are Keycloak's (server_admin and securing-apps guides), the rules
 * RFC 6749, 7009, 7662, 8414 and 8628.
 */
export function keycloakDialect(hub: Hub): Dialect {
  const { policy } = hub;
  // Red Hat SSO still has the `/auth` that Keycloak dropped with version 17.
  const prefixes = ["/auth/realms", "/realms"];
  return {
    name: "keycloak",
    prefixes,
    routes: prefixes.flatMap((prefix) => realmRoutes(`${prefix}/${encodeURIComponent(policy.realm)}`)),
    refuse: (error, request) =>
      refuseOAuth(error, request, `${policy.publicUrl}/`, isUserinfo(request.url) ? "bearer" : "by request"),
  };
}

/** The one place of the realm that takes bearers, and so answers with their challenge (RFC 6750 §3). */
function isUserinfo(url: string): boolean {
  return /\/userinfo\/?(?:\?|$)/.test(url);
}

function realmRoutes(realm: string): readonly AnyRoute[] {
  const protocol = `${realm}/protocol/openid-connect`;
  return [
    route({
      method: "POST",
      path: `${protocol}/token`,
      access: "public",
      quick: true,
      read: readClientRequest,
      run: runGrant,
      write: (tokens) => ({
        status: 200,
        headers: { pragma: "no-cache" },
        body: writeTokens(tokens),
        contentType: "application/json; charset=utf-8",
      }),
    }),
    route({
      method: "POST",
      path: `${protocol}/auth/device`,
      access: "public",
      read: readClientRequest,
      run: startDevice,
      write: ({ started, page }) => ({ status: 200, body: writeDevice(started, page) }),
    }),
    introspectionRoute(`${protocol}/token/introspect`),
    revocationRoute(`${protocol}/revoke`),
    keysRoute(`${protocol}/certs`),
    logoutRoute(`${protocol}/logout`),
    ...userinfoRoutes(`${protocol}/userinfo`),
    realmPageRoute(realm),
    ...pageRoutes(realm),
    metadataRoute(`${realm}/.well-known/openid-configuration`),
    metadataRoute(`${realm}/.well-known/oauth-authorization-server`),
  ];
}

async function startDevice(hub: Hub, request: ClientRequest) {
  const client = await ask(requireClient(hub, request));
  requireFlow(client, "device_code");
  const asked = readAskedScopes(request.form);
  const own = new Authority([KINDS.offline_token.defaultScopes ?? []]);
  const beyond = asked.find((scope) => !own.permits(scope));
  if (beyond) {
    throw refuseScope(formatScope(beyond), "scope", "is beyond what an offline token can have");
  }
  const started = await hub.clients.devices.start(client, asked, request.origin);
  return { started, page: `${hub.policy.publicUrl}/device` };
}
