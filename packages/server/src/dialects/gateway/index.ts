import { SESSION_MARK } from "../../core/account/session.ts";
import type { Caller } from "../../core/credential/caller.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { markOf } from "../../core/secret/format.ts";
import { type Presented, readAuthorization } from "../../http/authorization.ts";
import {
  type Dialect,
  type Method,
  route,
  type ShortAnswer,
  type Shortcut,
  type WireReply,
  type WireRequest,
} from "../../http/dialect.ts";
import { identify, isShowable } from "../../http/identify.ts";
import { refuse } from "./refusals.ts";
import { type Asked, askedOf, identityHeaders, scopeHeader } from "./wire.ts";

/**
 * Forward authentication for nginx `auth_request`, Caddy `forward_auth` and Traefik: `GET /verify` (contract §4). A proxy that passes on
 * the original method is answered alike.
 */
const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

interface Question {
  readonly presented: Presented | null;
  readonly asked: Asked | null;
  readonly request: WireRequest;
}

interface Answer {
  readonly caller: Caller;
  readonly scope: string;
}

export function gatewayDialect(hub: Hub): Dialect {
  return {
    name: "gateway",
    prefixes: ["/verify"],
    routes: METHODS.map((method) =>
      route({
        method,
        path: "/verify",
        // The proof is judged in `run`: passwords and sessions are not taken, and must not cost a hash or a look-up here.
        access: "public",
        // A proxy may send the original body along: it is not read.
        body: method === "GET" ? "buffer" : "stream",
        read: readQuestion,
        run: answer,
        write: writeAnswer,
      }),
    ),
    refuse: (error, request) => refuse(error, request, `${hub.context.policy.publicUrl}/`),
    shortcut: (request) => answerAtOnce(hub, request),
  };
}

function readQuestion(request: WireRequest): Question {
  return {
    presented: readAuthorization(request.headers.authorization),
    asked: askedOf(request.url),
    request,
  };
}

async function answer(hub: Hub, { presented, asked, request }: Question): Promise<Answer> {
  if (!presented) {
    throw new HubError("unauthenticated");
  }
  if (!isForServices(presented)) {
    throw new HubError("credential_inactive", { detail: "neither a credential nor a bearer made from one" });
  }
  const caller = await identify(hub, presented, request.origin);
  if (!isShowable(caller)) {
    throw new HubError("credential_inactive", { detail: "this kind is only good for exchange" });
  }
  if (caller.proof.by === "credential") {
    hub.credentials.recordUse(caller.proof.credential, request.origin);
  }
  if (!asked?.scopes.every((scope) => caller.authority.permits(scope))) {
    throw new HubError("forbidden", {
      detail: asked ? `asked: ${asked.text}` : "the scope asked for is none",
    });
  }
  return { caller, scope: asked.scopes.length > 0 ? asked.text : caller.authority.format() };
}

/** The commonest question: the secret itself as a bearer, of a credential that this node knows. */
function answerAtOnce(
  hub: Hub,
  { method, url, headers, origin }: Parameters<Shortcut>[0],
): ShortAnswer | null {
  if (method !== "GET" || !(url === "/verify" || url.startsWith("/verify?"))) {
    return null;
  }
  const presented = readAuthorization(headers.authorization);
  if (presented?.scheme !== "bearer" && presented?.scheme !== "token") {
    return null;
  }
  const verdict = hub.credentials.verifyFromMemory(presented.secret);
  const asked = askedOf(url);
  if (!verdict?.active || !KINDS[verdict.credential.kind].bearer || !asked) {
    return null;
  }
  const { account, authority, credential } = verdict;
  if (!asked.scopes.every((scope) => authority.permits(scope))) {
    return null;
  }
  hub.credentials.recordUse(credential, origin);
  return {
    headers: [
      "remote-user",
      account.username,
      "x-mintmark-subject",
      account.id,
      "x-mintmark-kind",
      credential.kind,
      "x-mintmark-scope",
      scopeHeader(asked.scopes.length > 0 ? asked.text : authority.format()),
    ],
    caller: account.username,
  };
}

/**
 * Secrets of credentials and bearers made from them. A session is a person's log-in at the hub, worth everything that person can do, and
 * not to be handed to services; a password would be too, and would let anybody spend our time on hashing.
 */
function isForServices(presented: Presented): boolean {
  if (presented.scheme === "unreadable") {
    return false;
  }
  const mark = markOf(presented.secret.reveal());
  const isPair = presented.scheme === "basic" || presented.scheme === "zenapikey";
  return mark === null ? !isPair : mark !== SESSION_MARK;
}

function writeAnswer({ caller, scope }: Answer): WireReply {
  return { status: 200, headers: { ...identityHeaders(caller), "x-mintmark-scope": scopeHeader(scope) } };
}
