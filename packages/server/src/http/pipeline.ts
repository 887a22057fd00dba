import type { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { anonymousCaller, type Caller, nameOf, type Origin } from "../core/caller.ts";
import { type Kind, wrongKind } from "../core/credential/kinds.ts";
import { type PresentedSecret, readSecret } from "../core/credential/presented.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { ask, type Looked, Undecided, whenKnown } from "../core/looked.ts";
import type { Door } from "../core/usage/ports.ts";
import type { RequestNotes } from "./answer-note.ts";
import { readForm } from "./body.ts";
import { recordShown } from "./credential-end.ts";
import {
  type Access,
  type AnyRoute,
  type Dialect,
  goOn,
  type ProofKind,
  type RefusedRequest,
  type WireReply,
  type WireRequest,
} from "./dialect.ts";
import { doorOf } from "./door.ts";
import { identifyAnonymous, identifySession, lookAtCaller, orThrow, proofKindOf } from "./identify.ts";
import { sessionCookieOf } from "./session-cookie.ts";

const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * What runs on each request of each route, in this order: (size limit and timeouts: the server) → caller →
 * access → read → run → write. Answers at once as long as no step must wait for the store, so that a request
 * whose caller this node knows costs no promise. What a step throws, now or later, becomes the dialect's own
 * refusal.
 */
export function runRoute(
  hub: Hub,
  dialect: Dialect,
  route: AnyRoute,
  request: WireRequest,
  notes: RequestNotes,
): WireReply | Promise<WireReply> {
  return goOn(tryRoute({ hub, dialect, route, request, notes }), orThrow, null);
}

/** As `runRoute`, but the refusal of a secret is returned and not thrown, as by `lookAtCaller`. */
export function tryRoute(asked: Asked): WireReply | HubError | Promise<WireReply | HubError> {
  return goOn(requireAccess(asked), handle, asked);
}

/** A request on its way through a route. */
interface Asked {
  readonly hub: Hub;
  readonly dialect: Dialect;
  readonly route: AnyRoute;
  readonly request: WireRequest;
  readonly notes: RequestNotes;
}

function handle(caller: Caller | HubError, asked: Asked): WireReply | HubError | Promise<WireReply> {
  if (caller instanceof HubError) {
    return caller;
  }
  const { hub, route, request, notes } = asked;
  notes.caller = caller.account || caller.proof.by === "client" ? nameOf(caller) : null;
  return goOn(route.handle(hub, request, caller), noteUse, { asked, caller });
}

function noteUse(
  reply: WireReply,
  { asked: { hub, dialect }, caller }: { readonly asked: Asked; readonly caller: Caller },
): WireReply {
  // A request that is refused is no use.
  recordUse(hub, caller, doorOf(dialect.name));
  return reply;
}

/** The access of a route that looks at credentials. */
type Guarded = Exclude<Access, "public">;

/** The caller, if it may come in. A route that is `public` does not look at credentials at all. */
function requireAccess(asked: Asked): Looked<Caller | HubError> {
  const { hub, dialect, route, request } = asked;
  const { access } = route;
  if (access === "public") {
    return anonymousCaller(request.origin);
  }
  const { presented } = request;
  const isMisplaced = presented?.form === "credential" && !access.takes.includes(presented.kind);
  if (!isMisplaced && dialect.auditsRefusals !== true) {
    return look(asked, access);
  }
  const find = () => whenKnown(look(asked, access), orThrow);
  const named = isMisplaced ? () => namingTheKind(presented.kind, find) : find;
  return dialect.auditsRefusals === true ? auditingRefusals(hub, request.origin, named) : named();
}

function look(asked: Asked, access: Guarded): Looked<Caller | HubError> {
  return whenKnown(callerFor(asked.hub, access, asked.request), letIn, asked);
}

function letIn(caller: Caller | HubError, { hub, dialect, route, request }: Asked): Caller | HubError {
  if (caller instanceof HubError) {
    return caller;
  }
  checkProof(route.access, caller);
  recordShown(request.shown, caller);
  checkAccess(hub, dialect, route, request, caller);
  return caller;
}

/**
 * Names the kind of a secret that is not taken here, whether or not it is good: its mark is public, and to
 * show a token in the wrong place is the commonest mistake of its holder.
 */
function namingTheKind(kind: Kind, look: () => Looked<Caller>): Looked<Caller> {
  return new Undecided(async () => {
    try {
      return await ask(look());
    } catch (error) {
      if (error instanceof HubError && error.code === "credential_inactive" && error.ending === undefined) {
        const { detail, credentialId } = error;
        throw new HubError("credential_inactive", {
          explanation: wrongKind(kind),
          ...(detail === undefined ? {} : { detail }),
          ...(credentialId === undefined ? {} : { credentialId }),
        });
      }
      throw error;
    }
  });
}

/** Writes the true reason of a refused credential to the audit before the refusal is passed on. */
function auditingRefusals(hub: Hub, origin: Origin, look: () => Looked<Caller>): Looked<Caller> {
  return new Undecided(async () => {
    try {
      return await ask(look());
    } catch (error) {
      const isNoted =
        error instanceof HubError && ["rotated", "address"].includes(error.ending?.reason ?? "");
      if (error instanceof HubError && error.code === "credential_inactive" && !isNoted) {
        const reason = error.ending?.reason ?? error.detail ?? "not taken here";
        await hub.refusals.note({ reason, credentialId: error.credentialId }, origin);
      }
      throw error;
    }
  });
}

/** Who calls. */
function callerFor(hub: Hub, access: Guarded, request: WireRequest): Looked<Caller | HubError> {
  const { presented, origin } = request;
  const own = access.ownProof?.(hub, request);
  if (own) {
    return own;
  }
  if (presented) {
    if (access.refusesUnread?.includes(presented.form)) {
      throw new HubError("credential_inactive", { detail: `a ${presented.form} is not taken here` });
    }
    return lookAtCaller(hub, presented, origin);
  }
  const cookie = sessionCookieOf(hub, request.headers);
  if (cookie !== null && access.takes.includes("session")) {
    return new Undecided(async () => {
      const bearer = await hub.sessions.bearerOfCookie(cookie);
      return ask(cookieCaller(hub, access, readSecret(bearer?.reveal() ?? ""), origin));
    });
  }
  if (access.anonymous !== true) {
    throw new HubError("unauthenticated");
  }
  return identifyAnonymous(hub, origin);
}

/** A browser sends its old cookie everywhere, so on a route for anonymous callers it is no refusal. */
function cookieCaller(hub: Hub, access: Guarded, cookie: PresentedSecret, origin: Origin): Looked<Caller> {
  return new Undecided(async () => {
    try {
      return await ask(identifySession(hub, cookie, origin, "cookie"));
    } catch (error) {
      if (!(error instanceof HubError && error.code === "credential_inactive")) {
        throw error;
      }
      if (access.anonymous === true) {
        return ask(identifyAnonymous(hub, origin));
      }
      throw new HubError("unauthenticated", { detail: "session cookie unknown or ended" });
    }
  });
}

function takes(taken: readonly ProofKind[], kind: ProofKind): boolean {
  return taken.includes(kind) || (kind === "cli_bearer" && taken.includes("realm_bearer"));
}

function checkProof(access: Access, caller: Caller): void {
  const kind = proofKindOf(caller);
  if (access !== "public" && kind !== null && !takes(access.takes, kind)) {
    // A good credential in the wrong place is refused like a bad one: what it is good for is not told here.
    const { proof } = caller;
    throw new HubError("credential_inactive", {
      detail: `a ${kind} is not taken here`,
      ...(proof.by === "credential" ? { credentialId: proof.credential.id } : {}),
    });
  }
}

function checkAccess(
  hub: Hub,
  dialect: Dialect,
  route: AnyRoute,
  request: WireRequest,
  caller: Caller,
): void {
  const { access } = route;
  if (access === "public") {
    return;
  }
  if (!SAFE_METHODS.has(request.method) || route.changesState === true) {
    checkCsrf(hub, dialect, request, caller);
  }
  if (access.roles && !(caller.account && access.roles.includes(caller.account.role))) {
    throw new HubError("forbidden");
  }
  if (access.holds && !caller.authority.permits(access.holds)) {
    throw new HubError("forbidden");
  }
  if (access.fresh === true) {
    requireFreshLogin(hub, caller);
  }
}

/**
 * Throws `fresh_login_required` for a session, or a bearer that stands for a log-in, whose password was given
 * too long ago.
 */
export function requireFreshLogin(hub: Hub, caller: Caller): void {
  const freshAt = passwordGivenAt(caller);
  if (freshAt !== null && hub.now() - freshAt >= hub.policy.freshLoginMs) {
    throw new HubError("fresh_login_required");
  }
}

/** Zen gives a bearer for a password and knows no session; so its bearer is one. */
function passwordGivenAt({ proof }: Caller): number | null {
  if (proof.by === "session") {
    return proof.session.freshAt;
  }
  return proof.by === "bearer" && proof.derived === "zen" ? proof.madeAt : null;
}

/** Browsers send only a cookie by themselves, so only a cookie needs a second proof. */
function checkCsrf(hub: Hub, dialect: Dialect, request: WireRequest, caller: Caller): void {
  const { proof } = caller;
  if (proof.by !== "session" || proof.carrier !== "cookie") {
    return;
  }
  const header = request.headers["x-csrf-token"];
  const presented = typeof header === "string" ? header : tokenInRequest(dialect, request);
  if (presented === null || !hub.sessions.isCsrfToken(proof.session, presented)) {
    throw new HubError("csrf_failed");
  }
}

function tokenInRequest({ csrfInRequest }: Dialect, request: WireRequest): string | null {
  if (csrfInRequest === undefined) {
    return null;
  }
  const inQuery = csrfInRequest === "form or query" ? request.query.get("_csrf_token") : null;
  return inQuery ?? formToken(request);
}

function formToken(request: WireRequest): string | null {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  return isForm ? readForm(request).get("_csrf_token") : null;
}

function recordUse(hub: Hub, caller: Caller, door: Door): void {
  if (caller.proof.by === "credential") {
    hub.uses.record(caller.proof.credential, caller.origin, door);
  }
}

/** A refusal in the dialect's own shape. */
export function refusalOf(dialect: Dialect, error: HubError, request: RefusedRequest): WireReply {
  const wire = dialect.refuse(error, request);
  if (error.retryAfterSeconds === undefined) {
    return wire;
  }
  const { kept: _, ...own } = wire;
  return { ...own, headers: { "retry-after": String(error.retryAfterSeconds), ...wire.headers } };
}

/** Sends a dialect's reply. Nothing is cached unless the reply says so. */
export function sendReply(reply: FastifyReply, wire: WireReply): FastifyReply {
  const { body, contentType } = bodyOf(wire);
  reply.code(wire.status);
  reply.header("cache-control", "no-store");
  const { headers = {} } = wire;
  for (const name in headers) {
    reply.header(name, headers[name]);
  }
  if (wire.reason !== undefined) {
    reply.raw.statusMessage = asReasonPhrase(wire.reason);
  }
  if (contentType !== null) {
    reply.type(contentType);
  }
  return body === null ? reply.send() : reply.send(body);
}

/** The body as it is sent, with its media type; null for a reply without a body. */
export function bodyOf({ body, contentType }: WireReply): {
  readonly body: string | Buffer | Readable | null;
  readonly contentType: string | null;
} {
  if (body === undefined) {
    return { body: null, contentType: null };
  }
  if (typeof body === "string" || Buffer.isBuffer(body) || isStream(body)) {
    return { body, contentType: contentType ?? "text/plain; charset=utf-8" };
  }
  return { body: JSON.stringify(body), contentType: contentType ?? "application/json; charset=utf-8" };
}

export function asReasonPhrase(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}
