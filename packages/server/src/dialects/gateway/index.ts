import type { Account } from "../../core/account/account.ts";
import type { Caller } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { KIND_NAMES, KINDS } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, type Dialect, route, type WireReply } from "../../http/dialect.ts";
import { refuse } from "./refusals.ts";
import { type Asked, askedBehindPath, askedOf, identityHeaders, scopeHeader } from "./wire.ts";

/** Envoy's `ext_authz` appends the path of the original request to the one it was told. */
const PATHS = ["/verify", "/verify/*"];

/**
 * Credentials' secrets and the bearers derived from them. A session is a person's log-in at the hub and can
 * do everything that the person can, so it must not be handed to services. A password must not either, and
 * hashing one would cost us time.
 */
const SERVICES: Access = {
  takes: [
    ...KIND_NAMES.filter((kind) => KINDS[kind].bearer),
    "realm_bearer",
    "zen_bearer",
    "zen_instance_bearer",
    "client_bearer",
  ],
  refusesUnread: ["session", "password"],
};

interface Answer {
  readonly caller: Caller;
  readonly scope: string;
}

/** Forward authentication for nginx `auth_request`, Caddy `forward_auth` and Traefik. */
export function gatewayDialect(hub: Hub): Dialect {
  return {
    name: "gateway",
    givesVerdicts: true,
    prefixes: ["/verify"],
    routes: PATHS.flatMap((path) => [
      verifyRoute(path, "GET"),
      // A proxy may pass on the original method, and send the original body along: it is not read.
      verifyRoute(path, "POST"),
    ]),
    refuse: (error, request) => refuse(error, request, `${hub.policy.publicUrl}/`),
  };
}

function verifyRoute(path: string, method: "GET" | "POST"): AnyRoute {
  const isWhole = path === "/verify";
  return route({
    method,
    path,
    access: SERVICES,
    quiet: true,
    ...(method === "POST" ? { otherMethods: true, body: "stream" } : isWhole ? { quick: true } : {}),
    read: ({ url }) => (isWhole ? askedOf(url) : askedBehindPath(url)),
    run: (_hub, asked, caller) => decide(asked, caller),
    write: writeAnswer,
  });
}

/** Throws `forbidden` if the caller may not do what was asked. */
function decide(asked: Asked | null, caller: Caller): Answer {
  if (!asked?.scopes.every((scope) => caller.authority.permits(scope))) {
    throw new HubError("forbidden", {
      detail: asked ? `asked: ${asked.text}` : "the scope that is asked for cannot be read",
    });
  }
  return { caller, scope: asked.scopes.length > 0 ? asked.text : caller.authority.format() };
}

interface KnownIdentity {
  readonly account: Account | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who a credential stands for changes only with its account, so the headers are written once for each. */
const identities = new WeakMap<Credential, KnownIdentity>();

function identityOf(caller: Caller): Readonly<Record<string, string>> {
  const { account, proof } = caller;
  if (proof.by !== "credential") {
    return identityHeaders(caller);
  }
  const known = identities.get(proof.credential);
  if (known?.account === account) {
    return known.headers;
  }
  const headers = identityHeaders(caller);
  identities.set(proof.credential, { account, headers });
  return headers;
}

function writeAnswer({ caller, scope }: Answer): WireReply {
  return { status: 200, headers: { ...identityOf(caller), "x-mintmark-scope": scopeHeader(scope) } };
}
