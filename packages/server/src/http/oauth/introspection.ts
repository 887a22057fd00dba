import type { Account } from "../../core/account/account.ts";
import { Authority } from "../../core/authority/authority.ts";
import type { Scope } from "../../core/authority/scope.ts";
import { readScopeList, refuseUnreadable } from "../../core/authority/scope-list.ts";
import { type BearerOutcome, resolveBearer } from "../../core/bearer/bearer.ts";
import type { Caller, Origin } from "../../core/caller.ts";
import { type Client, HUB_CLIENT } from "../../core/client/client.ts";
import { isAllowedFrom } from "../../core/credential/addresses.ts";
import { allowedFrom } from "../../core/credential/allowed-from.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import { type PresentedSecret, readSecret } from "../../core/credential/presented.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Looked, whenKnown } from "../../core/looked.ts";
import type { Presented } from "../authorization.ts";
import { recordShown, type ShownCredential } from "../credential-end.ts";
import { type AnyRoute, keepReply, route, type WireReply, type WireRequest } from "../dialect.ts";
import { identify } from "../identify.ts";
import { authenticateClient, presentedClient } from "./client-authentication.ts";
import { type OAuthForm, readOAuthForm, requireParameter } from "./form.ts";
import { issuerOf } from "./metadata.ts";
import { provenClient, rememberProof } from "./proven-clients.ts";

export const MAY_INTROSPECT: Scope = { type: "hub", name: "introspect", actions: ["use"] };

/** The answer for every token that is not active; the reason is not told (RFC 7662 §2.2). */
const INACTIVE = { active: false } as const;
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true } & Readonly<Record<string, unknown>>);

/**
 * The narrowing that a caller may add, as RFC 7662 §2.1 allows. What does not fit is answered as not active.
 */
interface Narrowing {
  /** The audience it must have been issued for: one of its `aud`. */
  readonly audience: string | null;
  /** The scopes it must allow, all of them. */
  readonly scopes: readonly Scope[];
}

const SCOPES_MAX = 100;
const ANYTHING: Narrowing = { audience: null, scopes: [] };

/** A question about one secret or bearer. */
export interface Question {
  /** Where the service asks from. */
  readonly origin: Origin;
  /** The address from which the secret was shown, by a client that is trusted for it; null if nobody says. */
  readonly shownFrom?: string | null;
  /** True if the answer must not count as a use. */
  readonly peek?: boolean;
  readonly narrowing?: Narrowing;
}

/**
 * RFC 7662. The caller holds `hub:introspect:use`: a confidential client, a personal token or a client's
 * bearer. It answers for credentials of every kind and for the bearers derived from them, but not
 * for sessions, nor for registry tokens, which are for the registry alone. With `audience` or `scope`, a
 * token that was issued for another audience, or does not allow that scope, is not active.
 */
export function introspectionRoute(path: string): AnyRoute {
  return route({
    method: "POST",
    path,
    quick: true,
    quiet: true,
    // A client may prove itself in the form, so `run` looks at the proof.
    access: "public",
    read: (request) => ({ request, form: readOAuthForm(request) }),
    run: (hub, { request, form }) =>
      whenKnown(checkResourceServer(hub, request, form), (service) =>
        describe(hub, readToken(form), {
          origin: request.origin,
          narrowing: readNarrowing(form),
          shownFrom: shownFrom(service, form.get("client_address")),
        }),
      ),
    write: ({ introspection, reply }) => reply ?? replyOf(introspection),
  });
}

function replyOf(body: Introspection): WireReply {
  return {
    status: 200,
    body: JSON.stringify(body),
    contentType: "application/json; charset=utf-8",
    headers: { pragma: "no-cache" },
  };
}

function readToken(form: OAuthForm): PresentedSecret {
  return readSecret(requireParameter(form, "token").trim());
}

/**
 * A scope that is given and cannot be read is refused: without it the answer would be about less. Throws
 * `invalid_scope`.
 */
function readNarrowing(form: OAuthForm): Narrowing {
  const audience = form.get("audience") ?? null;
  const text = form.get("scope");
  if (text === undefined) {
    return audience === null ? ANYTHING : { audience, scopes: [] };
  }
  const words = text.split(" ", SCOPES_MAX + 1).filter((word) => word !== "");
  if (words.length === 0) {
    throw refuseUnreadable("", "scope");
  }
  return { audience, scopes: readScopeList(words, { field: "scope", max: SCOPES_MAX }) };
}

function fits({ audience, scopes }: Narrowing, authority: Authority, audiences: unknown): boolean {
  return (
    (audience === null || [audiences].flat().includes(audience)) &&
    scopes.every((scope) => authority.permits(scope))
  );
}

/** A credential comes as Bearer, or as Basic with its owner's name. Any other Basic pair is a client's. */
function isServiceToken(presented: Presented): boolean {
  return (
    presented.scheme === "bearer" ||
    presented.scheme === "token" ||
    (presented.scheme === "basic" && presented.form === "credential" && KINDS[presented.kind].introspects)
  );
}

/**
 * The client that asks, or null for a credential. Throws, now or when asked, for a caller that may not
 * introspect.
 */
function checkResourceServer(hub: Hub, request: WireRequest, form: OAuthForm): Looked<Client | null> {
  const { authorization } = request.headers;
  const namesClient = form.has("client_id") || form.has("client_secret");
  const proven = namesClient ? null : provenClient(hub, authorization);
  if (proven) {
    return proven;
  }
  const { presented } = request;
  if (presented && isServiceToken(presented)) {
    return whenKnown(identify(hub, presented, request.origin), (caller) => {
      requireMayIntrospect(hub, caller, request.shown);
      return clientBehind(hub, caller);
    });
  }
  const client = presentedClient(presented, form);
  if (!client?.secret) {
    throw new HubError("invalid_client", { detail: "introspection without a client's secret" });
  }
  return whenKnown(authenticateClient(hub, client), (found) => {
    const service = requireClientMayIntrospect(found);
    if (!namesClient) {
      rememberProof(authorization, service);
    }
    return service;
  });
}

/** The client whose bearer the caller shows, or null. */
export function clientBehind(hub: Hub, { proof }: Caller): Looked<Client | null> {
  return proof.by === "client" ? hub.clients.find(proof.clientId) : null;
}

/** The address that a service names, if it is a client that is trusted for that. */
export function shownFrom(service: Client | null, address: string | undefined): string | null {
  return service?.trustedForAddresses === true ? (address ?? null) : null;
}

/**
 * A client that is registered only to log people in must not look up their credentials. Throws `forbidden`.
 */
function requireClientMayIntrospect(client: Client): Client {
  if (!new Authority([client.scopes]).permits(MAY_INTROSPECT)) {
    throw new HubError("forbidden", {
      detail: `client ${client.id} lacks hub:introspect:use`,
      explanation: "This client may not introspect: it was registered without the scope hub:introspect:use.",
    });
  }
  return client;
}

/** The headers of the answer tell when the caller's own credential ends. */
function requireMayIntrospect(hub: Hub, caller: Caller, shown: ShownCredential): void {
  const { proof } = caller;
  const isService =
    proof.by === "client" ||
    (proof.by === "credential" && proof.derived === null && KINDS[proof.credential.kind].introspects);
  if (!isService) {
    throw new HubError("credential_inactive", { detail: "this kind does not introspect" });
  }
  if (!caller.authority.permits(MAY_INTROSPECT)) {
    throw new HubError("forbidden");
  }
  if (caller.proof.by === "credential") {
    hub.uses.record(caller.proof.credential, caller.origin, "introspection");
    recordShown(shown, caller);
  }
}

/** What is said of a token. */
interface Description {
  readonly introspection: Introspection;
  /** Where the same is said again and again. */
  readonly reply: WireReply | null;
}

/**
 * Introspects a secret or a bearer for an authorised caller. Counts as a use of what is active, unless it is
 * a peek.
 */
export function introspect(hub: Hub, presented: PresentedSecret, question: Question): Looked<Introspection> {
  return whenKnown(describe(hub, presented, question), ({ introspection }) => introspection);
}

function describe(hub: Hub, presented: PresentedSecret, question: Question): Looked<Description> {
  return presented.form === "jwt"
    ? whenKnown(resolveBearer(hub, presented.secret.reveal(), question.origin), (outcome) => ({
        introspection: describeBearer(hub, outcome, question),
        reply: null,
      }))
    : whenKnown(hub.verdicts.look(presented), (verdict) => describeCredential(hub, verdict, question));
}

interface KnownDescription extends Description {
  readonly authority: Authority;
}

/** What is said of a credential whose end does not move, as long as what it may do does not change either. */
const descriptions = new WeakMap<Credential, KnownDescription>();
const NOT_ACTIVE: Description = { introspection: INACTIVE, reply: keepReply(replyOf(INACTIVE)) };

function describeCredential(hub: Hub, found: Verdict, question: Question): Description {
  const { policy } = hub;
  const verdict = shownAt(hub, found, question);
  if (!verdict.active || !fits(question.narrowing ?? ANYTHING, verdict.authority, policy.publicUrl)) {
    return NOT_ACTIVE;
  }
  const { credential, account, authority } = verdict;
  // Introspection is no use of an offline token: only an exchange, or a bearer derived from it, keeps it
  // active.
  if (KINDS[credential.kind].bearer) {
    recordUse(hub, credential, question);
  }
  const known = descriptions.get(credential);
  if (known?.authority === authority) {
    return known;
  }
  const introspection = {
    active: true,
    scope: authority.format(),
    sub: account.id,
    username: account.username,
    ...personOf(account),
    client_id: clientOf(credential),
    azp: clientOf(credential),
    sid: credential.id,
    // As Keycloak has it for offline tokens, so that a service which takes bearers does not take one.
    typ: typeOf(credential),
    token_type: typeOf(credential),
    ...endSeconds(hub, credential),
    ...uncheckedAddresses(credential, question),
    iat: Math.floor(credential.createdAt / 1000),
    iss: issuerOf(policy),
    aud: policy.publicUrl,
    jti: credential.id,
    kind: credential.kind,
  } as const;
  // Only a use or a rotation moves the end that is told, and only a list of addresses depends on who asks;
  // without those the answer stays as it is.
  if (credential.idleMs === null && credential.rotation === null && credential.addresses === null) {
    const description = { authority, introspection, reply: keepReply(replyOf(introspection)) };
    descriptions.set(credential, description);
    return description;
  }
  return { introspection, reply: null };
}

/**
 * Counts as a use of the parent, as if the bearer had been shown here: the caller asks because it was shown
 * there.
 */
function describeBearer(hub: Hub, outcome: BearerOutcome, question: Question): Introspection {
  const { narrowing = ANYTHING, shownFrom: address } = question;
  if (!outcome || "ended" in outcome || !fits(narrowing, outcome.caller.authority, outcome.claims["aud"])) {
    return INACTIVE;
  }
  const { caller, claims } = outcome;
  const parent = caller.proof.by === "credential" ? caller.proof.credential : null;
  if (parent && address && !isAllowedFrom(parent, address)) {
    return INACTIVE;
  }
  if (parent) {
    recordUse(hub, parent, question);
  }
  const { sub, exp, iat, iss, aud, jti = claims["token_id"] } = claims;
  const clientId = claims["client_id"] ?? (parent ? clientOf(parent) : HUB_CLIENT);
  return {
    active: true,
    scope: caller.authority.format(),
    sub: caller.account?.id ?? sub,
    ...(caller.account ? { username: caller.account.username, ...personOf(caller.account) } : {}),
    ...(caller.proof.by === "client" ? { preferred_username: claims["preferred_username"] } : {}),
    client_id: clientId,
    azp: clientId,
    ...(parent ? { sid: parent.id } : {}),
    typ: "Bearer",
    token_type: "Bearer",
    ...{ exp, iat, iss, aud, jti },
    ...(parent ? uncheckedAddresses(parent, question) : {}),
    kind: parent?.kind ?? kindWithoutParent(caller),
  };
}

/** The names under which Keycloak 26 tells who it is; resource servers made for it read these. */
function personOf({ username, email }: Account): { preferred_username: string; email?: string } {
  return { preferred_username: username, ...(email === null ? {} : { email }) };
}

function typeOf({ kind }: Credential): "Bearer" | "Offline" {
  return KINDS[kind].bearer ? "Bearer" : "Offline";
}

/** The verdict for the address from which the secret was shown, as far as that is known. */
function shownAt(hub: Hub, found: Verdict, { shownFrom: address, origin }: Question): Verdict {
  const verdict = address ? allowedFrom(found, address) : found;
  if (!verdict.active) {
    hub.refusals.noteStillShown(verdict, { address: address ?? origin.address, agent: origin.agent });
  }
  return verdict;
}

function recordUse(hub: Hub, credential: Credential, { origin, shownFrom: address, peek }: Question): void {
  if (peek !== true) {
    const from = { address: address ?? origin.address, agent: origin.agent };
    hub.uses.record(credential, from, "introspection");
  }
}

/**
 * Without the address from which the secret was shown, only the service can tell whether the list is kept to.
 */
function uncheckedAddresses(
  { addresses }: Credential,
  { shownFrom: address }: Question,
): { addresses_checked?: false } {
  return addresses === null || address ? {} : { addresses_checked: false };
}

function kindWithoutParent(caller: Caller): string {
  return caller.proof.by === "client" ? "client" : "session";
}

function clientOf(credential: Credential): string {
  return credential.clientId ?? KINDS[credential.kind].client;
}

/** The nearer of its ends, as things stand; left out where it has none. */
function endSeconds(hub: Hub, credential: Credential): { exp?: number } {
  const end = hub.credentials.nearestEnd(credential);
  return end === null ? {} : { exp: Math.floor(end / 1000) };
}
