import { SESSION_MARK } from "../../core/account/session.ts";
import type { Authority } from "../../core/authority/authority.ts";
import type { Caller, Origin } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { markOf } from "../../core/secret/format.ts";
import { type Presented, readAuthorization } from "../../http/authorization.ts";
import { noteShown, type ShownCredential } from "../../http/credential-end.ts";
import {
  type Dialect,
  type Method,
  route,
  type ShortAnswer,
  type ShortRequest,
  type WireReply,
} from "../../http/dialect.ts";
import { identify, identifyFromMemory, isShowable } from "../../http/identify.ts";
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
  readonly origin: Origin;
  readonly shown: ShownCredential;
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
    refuse: (error, request) => refuse(error, request, `${hub.policy.publicUrl}/`),
    shortcuts: [{ method: "GET", path: "/verify", answer: (request) => answerAtOnce(hub, request) }],
  };
}

function readQuestion({ headers, url, origin, shown }: ShortRequest): Question {
  return { presented: readAuthorization(headers.authorization), asked: askedOf(url), origin, shown };
}

async function answer(hub: Hub, question: Question): Promise<Answer> {
  const presented = requireForServices(question.presented);
  return decide(hub, await identify(hub, presented, question.origin), question);
}

/** The same from what this node knows, or null. */
function answerAtOnce(hub: Hub, request: ShortRequest): ShortAnswer | null {
  const question = readQuestion(request);
  const caller = identifyFromMemory(hub, requireForServices(question.presented), question.origin);
  if (!caller) {
    return null;
  }
  const { scope } = decide(hub, caller, question);
  const headers = [...identityList(caller), "x-mintmark-scope", scopeHeader(scope)];
  return { headers, body: "", caller: caller.account?.username ?? null };
}

/** An authority belongs to one credential of one owner as they are now, so who that is need be written once. */
const identities = new WeakMap<Authority, readonly string[]>();

function identityList(caller: Caller): readonly string[] {
  const known = identities.get(caller.authority);
  if (known) {
    return known;
  }
  const list = Object.entries(identityHeaders(caller)).flat();
  identities.set(caller.authority, list);
  return list;
}

/** May this caller do what is asked? Throws `credential_inactive`, `forbidden`. */
function decide(hub: Hub, caller: Caller, { asked, origin, shown }: Question): Answer {
  if (!isShowable(caller)) {
    throw new HubError("credential_inactive", { detail: "this kind is only good for exchange" });
  }
  if (caller.proof.by === "credential") {
    hub.credentials.recordUse(caller.proof.credential, origin);
    noteShown(shown, caller);
  }
  if (!asked?.scopes.every((scope) => caller.authority.permits(scope))) {
    throw new HubError("forbidden", {
      detail: asked ? `asked: ${asked.text}` : "the scope asked for is none",
    });
  }
  return { caller, scope: asked.scopes.length > 0 ? asked.text : caller.authority.format() };
}

/**
 * Secrets of credentials and bearers made from them. A session is a person's log-in at the hub, worth everything that person can do, and
 * not to be handed to services; a password would be too, and would let anybody spend our time on hashing. Throws `unauthenticated`,
 * `credential_inactive`.
 */
function requireForServices(presented: Presented | null): Presented {
  if (!presented) {
    throw new HubError("unauthenticated");
  }
  if (!isForServices(presented)) {
    throw new HubError("credential_inactive", { detail: "neither a credential nor a bearer made from one" });
  }
  return presented;
}

function isForServices(presented: Presented): boolean {
  if (presented.scheme === "unreadable") {
    return false;
  }
  const text = presented.secret.reveal();
  const isPair = presented.scheme === "basic" || presented.scheme === "zenapikey";
  return isPair ? ![null, SESSION_MARK].includes(markOf(text)) : !text.startsWith(SESSION_MARK);
}

function writeAnswer({ caller, scope }: Answer): WireReply {
  return { status: 200, headers: { ...identityHeaders(caller), "x-mintmark-scope": scopeHeader(scope) } };
}
