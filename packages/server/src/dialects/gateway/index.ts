import type { Authority } from "../../core/authority/authority.ts";
import type { Caller } from "../../core/caller.ts";
import { KIND_NAMES, KINDS } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type Dialect, type Method, route, type WireReply } from "../../http/dialect.ts";
import { refuse } from "./refusals.ts";
import { type Asked, askedOf, identityHeaders, scopeHeader } from "./wire.ts";

/** `GET /verify`, and every other method, since a proxy may pass on the original one. */
const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

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
    routes: METHODS.map((method) =>
      route({
        method,
        path: "/verify",
        access: SERVICES,
        quiet: true,
        // A proxy may send the original body along: it is not read.
        ...(method === "GET" ? { quick: true } : { body: "stream" }),
        read: ({ url }) => askedOf(url),
        run: (_hub, asked, caller) => decide(asked, caller),
        write: writeAnswer,
      }),
    ),
    refuse: (error, request) => refuse(error, request, `${hub.policy.publicUrl}/`),
  };
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

/** An authority belongs to one credential of one owner as of now, so its headers are written once. */
const identities = new WeakMap<Authority, Readonly<Record<string, string>>>();

function writeAnswer({ caller, scope }: Answer): WireReply {
  let identity = identities.get(caller.authority);
  if (!identity) {
    identity = identityHeaders(caller);
    identities.set(caller.authority, identity);
  }
  return { status: 200, headers: { ...identity, "x-mintmark-scope": scopeHeader(scope) } };
}
