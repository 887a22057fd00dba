import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { actorOf, anonymousCaller, type Caller, type Origin } from "../core/caller.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { Secret } from "../core/secret/secret.ts";
import { readAuthorization } from "./authorization.ts";
import { noteShown } from "./credential-end.ts";
import type { Access, AnyRoute, Dialect, RefusedRequest, WireReply, WireRequest } from "./dialect.ts";
import { identify, identifyAnonymous, identifySession, proofKindOf } from "./identify.ts";
import { RequestOrigin } from "./request-origin.ts";

export const SESSION_COOKIE = "mintmark_session";
const SAFE_METHODS = new Set(["GET", "HEAD"]);
const AGENT_LENGTH_MAX = 255;

/** What a pipeline reports about a request, for the log and the metrics. */
export interface RequestNotes {
  dialect: string;
  caller: string | null;
  refusal: string | null;
  detail: string | null;
}

/**
 * What runs on each request of each dialect, in this order: (size limit and timeouts: the server) → caller → access → read → run → write;
 * a refusal of any step becomes the dialect's own.
 */
export async function runRoute(
  hub: Hub,
  dialect: Dialect,
  route: AnyRoute,
  request: WireRequest,
  notes: RequestNotes,
): Promise<WireReply> {
  const caller = await admit(hub, dialect, route, request);
  notes.caller = caller.account || caller.proof.by === "client" ? actorOf(caller).name : null;
  noteUse(hub, caller);
  const reply = await route.handle(hub, request, caller);
  notes.dialect = dialect.name;
  return reply;
}

/** The caller, if it may come in. */
async function admit(hub: Hub, dialect: Dialect, route: AnyRoute, request: WireRequest): Promise<Caller> {
  try {
    const caller = await callerFor(hub, route.access, request);
    noteShown(request.shown, caller);
    checkAccess(hub, route, request, caller);
    return caller;
  } catch (error) {
    if (error instanceof HubError && error.code === "credential_inactive") {
      // One that is good elsewhere is refused like one that is not.
      request.shown.credential = null;
    }
    if (
      dialect.auditsRefusals === true &&
      error instanceof HubError &&
      error.code === "credential_inactive"
    ) {
      const reason = error.ending?.reason ?? error.detail ?? "not taken here";
      await hub.credentials.noteRefusal({ reason, credentialId: error.credentialId }, request.origin);
    }
    throw error;
  }
}

/** Who calls. A route that is `public` does not look at credentials at all. */
async function callerFor(hub: Hub, access: Access, request: WireRequest): Promise<Caller> {
  if (access === "public") {
    return anonymousCaller(request.origin);
  }
  const presented = readAuthorization(request.headers.authorization);
  if (presented) {
    return identify(hub, presented, request.origin);
  }
  const cookie = readCookie(request.headers.cookie, SESSION_COOKIE);
  if (cookie !== undefined && access.takes.includes("session")) {
    return cookieCaller(hub, access, cookie, request.origin);
  }
  if (access.anonymous !== true) {
    throw new HubError("unauthenticated");
  }
  return identifyAnonymous(hub, request.origin);
}

/** A browser sends its stale cookie everywhere, so where strangers may come in it makes a stranger, not a refusal. */
async function cookieCaller(
  hub: Hub,
  access: Exclude<Access, "public">,
  cookie: string,
  origin: Origin,
): Promise<Caller> {
  try {
    return await identifySession(hub, new Secret(cookie), origin, "cookie");
  } catch (error) {
    if (error instanceof HubError && error.code === "credential_inactive") {
      if (access.anonymous === true) {
        return identifyAnonymous(hub, origin);
      }
      throw new HubError("unauthenticated", { detail: "session cookie unknown or ended" });
    }
    throw error;
  }
}

function checkAccess(hub: Hub, route: AnyRoute, request: WireRequest, caller: Caller): void {
  const { access } = route;
  if (access === "public") {
    return;
  }
  const kind = proofKindOf(caller);
  if (kind !== null && !access.takes.includes(kind)) {
    // A good credential at the wrong door is refused like a bad one: what it is good for is nobody's business here.
    const { proof } = caller;
    throw new HubError("credential_inactive", {
      detail: `a ${kind} is not taken here`,
      ...(proof.by === "credential" ? { credentialId: proof.credential.id } : {}),
    });
  }
  if (!SAFE_METHODS.has(request.method) || route.changesState === true) {
    checkCsrf(hub, request, caller);
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

/** Throws `fresh_login_required` for a session, or a bearer that stands for a log-in, whose password was given too long ago. */
export function requireFreshLogin(hub: Hub, caller: Caller): void {
  const freshAt = passwordGivenAt(caller);
  const { clock, policy } = hub.context;
  if (freshAt !== null && clock.now() - freshAt >= policy.freshLoginMs) {
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

/** Only a cookie travels by itself, so only a cookie needs a second proof. */
function checkCsrf(hub: Hub, request: WireRequest, caller: Caller): void {
  const { proof } = caller;
  if (proof.by !== "session" || proof.carrier !== "cookie") {
    return;
  }
  const header = request.headers["x-csrf-token"];
  const presented =
    (typeof header === "string" ? header : null) ?? request.query.get("_csrf_token") ?? formToken(request);
  if (presented === null || !hub.sessions.isCsrfToken(proof.session, presented)) {
    throw new HubError("csrf_failed");
  }
}

function formToken(request: WireRequest): string | null {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  return isForm ? new URLSearchParams(request.body.toString("utf8")).get("_csrf_token") : null;
}

function noteUse(hub: Hub, caller: Caller): void {
  if (caller.proof.by === "credential") {
    hub.credentials.recordUse(caller.proof.credential, caller.origin);
  }
}

const EMPTY = Buffer.alloc(0);

/** The request as dialects see it. */
export function toWireRequest(request: FastifyRequest): WireRequest {
  const { url, body } = request;
  let query: URLSearchParams | null = null;
  return {
    id: request.id,
    method: request.method,
    url,
    params: request.params as Record<string, string>,
    // Made when it is asked for: many routes have none, and it is a fair part of what a request costs.
    get query() {
      query ??= new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
      return query;
    },
    headers: request.headers,
    body: Buffer.isBuffer(body) ? body : EMPTY,
    stream: body && !Buffer.isBuffer(body) ? (body as Readable) : null,
    origin: new RequestOrigin(request.ip, readAgent(request.headers["user-agent"]), request.raw.socket),
    shown: { credential: null },
  };
}

/** The first cookie of that name, as it was sent: ours need no decoding. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = header
    ?.split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

const AGENTS_KEPT_MAX = 1_000;
/** The same few programs call again and again. */
const agents = new Map<string, string | null>();

export function readAgent(header: string | undefined): string | null {
  if (header === undefined) {
    return null;
  }
  const known = agents.get(header);
  if (known !== undefined) {
    return known;
  }
  const text = header
    .replace(/[^\x20-\x7e]/g, "")
    .slice(0, AGENT_LENGTH_MAX)
    .trim();
  if (agents.size >= AGENTS_KEPT_MAX) {
    agents.clear();
  }
  agents.set(header, text === "" ? null : text);
  return text === "" ? null : text;
}

/** A refusal in the dialect's own shape. */
export function refusalOf(dialect: Dialect, error: HubError, request: RefusedRequest): WireReply {
  const wire = dialect.refuse(error, request);
  const retry =
    error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) };
  return { ...wire, headers: { ...retry, ...wire.headers } };
}

/** Sends what a dialect wrote. Nothing of ours is to be cached unless it says so. */
export function sendReply(reply: FastifyReply, wire: WireReply): FastifyReply {
  reply.code(wire.status);
  reply.header("cache-control", "no-store");
  const { headers = {} } = wire;
  for (const name in headers) {
    reply.header(name, headers[name]);
  }
  if (wire.reason !== undefined) {
    reply.raw.statusMessage = asReasonPhrase(wire.reason);
  }
  if (wire.body === undefined) {
    return reply.send();
  }
  if (typeof wire.body === "string" || Buffer.isBuffer(wire.body) || isStream(wire.body)) {
    reply.type(wire.contentType ?? "text/plain; charset=utf-8");
    return reply.send(wire.body);
  }
  reply.type(wire.contentType ?? "application/json; charset=utf-8");
  return reply.send(JSON.stringify(wire.body));
}

export function asReasonPhrase(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}

function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && "pipe" in body;
}
