import type { Account } from "../../core/account/account.ts";
import type { Authority } from "../../core/authority/authority.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Caller } from "../../core/caller.ts";
import { KIND_NAMES, KINDS, type Kind } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import {
  type Access,
  type AnyRoute,
  type Dialect,
  keepReply,
  route,
  type WireReply,
} from "../../http/dialect.ts";
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

/** The replies to the good callers of one authority, by their kind and by the scopes they are told. */
interface KnownReplies {
  readonly account: Account | null;
  readonly byKind: Map<Kind, BoundedMap<string, WireReply>>;
  /** Most callers ask for the same again. */
  last: { readonly kind: Kind; readonly scope: string; readonly reply: WireReply } | null;
}

/** The same few lines of a proxy's configuration ask again and again. */
const SCOPES_KEPT_MAX = 64;

/**
 * What a credential's holder is told changes only with its account and what it may do, so it is written once
 * for each.
 */
const known = new WeakMap<Authority, KnownReplies>();

function writeAnswer({ caller, scope }: Answer): WireReply {
  const { account, authority, proof } = caller;
  if (proof.by !== "credential") {
    return reply(caller, scope);
  }
  let replies = known.get(authority);
  if (replies?.account !== account) {
    replies = { account, byKind: new Map(), last: null };
    known.set(authority, replies);
  }
  const { kind } = proof.credential;
  if (replies.last?.kind !== kind || replies.last.scope !== scope) {
    replies.last = { kind, scope, reply: keptReply(replies, kind, caller, scope) };
  }
  return replies.last.reply;
}

function keptReply({ byKind }: KnownReplies, kind: Kind, caller: Caller, scope: string): WireReply {
  const byScope = byKind.get(kind) ?? new BoundedMap<string, WireReply>(SCOPES_KEPT_MAX);
  const answer = byScope.get(scope) ?? keepReply(reply(caller, scope));
  byScope.set(scope, answer);
  byKind.set(kind, byScope);
  return answer;
}

function reply(caller: Caller, scope: string): WireReply {
  return { status: 200, headers: { ...identityHeaders(caller), "x-mintmark-scope": scopeHeader(scope) } };
}
