import type { Hub } from "./core/hub.ts";
import { deviceLoginDialect } from "./dialects/device-login/index.ts";
import { dockerRegistryDialect } from "./dialects/docker-registry/index.ts";
import { galaxyDialect } from "./dialects/galaxy/index.ts";
import { gatewayDialect } from "./dialects/gateway/index.ts";
import { ibmZenDialect } from "./dialects/ibm-zen/index.ts";
import { keycloakDialect } from "./dialects/keycloak/index.ts";
import { type MintmarkOptions, mintmarkDialect } from "./dialects/mintmark/index.ts";
import { oauthDialect } from "./dialects/oauth/index.ts";
import { oauthAppDialect } from "./dialects/oauth-app/index.ts";
import { quayDialect } from "./dialects/quay/index.ts";
import { signInDialect } from "./dialects/sign-in/index.ts";
import type { Dialect } from "./http/dialect.ts";

export type DialectOptions = MintmarkOptions;

/** Every system that the hub speaks for. The last word on unknown paths is our own API's. */
export function allDialects(hub: Hub, options: DialectOptions): readonly Dialect[] {
  return [
    gatewayDialect(hub),
    galaxyDialect(hub, { prefix: options.galaxyPrefix }),
    quayDialect(hub),
    dockerRegistryDialect(hub),
    keycloakDialect(hub),
    ibmZenDialect(hub),
    oauthDialect(hub),
    oauthAppDialect(hub),
    signInDialect(hub),
    deviceLoginDialect(hub),
    mintmarkDialect(options),
  ];
}
