import type { Authority } from "../../core/authority/authority.ts";
import type { Scope } from "../../core/authority/scope.ts";
import { readScopeList, refuseUnreadable } from "../../core/authority/scope-list.ts";
import { resolveBearer } from "../../core/bearer/bearer.ts";
import type { Caller, Origin } from "../../core/caller.ts";
import { HUB_CLIENT } from "../../core/client/client.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { KINDS, kindOfMark } from "../../core/credential/kinds.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { markOf } from "../../core/secret/format.ts";
import { Secret } from "../../core/secret/secret.ts";
import { type Presented, readAuthorization } from "../authorization.ts";
import { noteShown, type ShownCredential } from "../credential-end.ts";
import { type AnyRoute, route, type Shortcut, type ShortRequest, type WireRequest } from "../dialect.ts";
import { identify, identifyFromMemory } from "../identify.ts";
import { authenticateClient, presentedClient } from "./client-authentication.ts";
import { type OAuthForm, readOAuthForm, requireParameter } from "./form.ts";
import { issuerOf } from "./metadata.ts";

export const MAY_INTROSPECT: Scope = { type: "hub", name: "introspect", actions: ["use"] };

/** What is said of anything that is not good now, whatever the reason (RFC 7662 §2.2). */
const INACTIVE = { active: false } as const;
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true } & Readonly<Record<string, unknown>>);

/** What the caller may add to its question, as RFC 7662 §2.1 lets it. What does not fit is answered as not active. */
interface Narrowing {
  /** For whom it must have been made: one of its `aud`. */
  readonly audience: string | null;
  /** What it must allow, all of it. */
  readonly scopes: readonly Scope[];
}

const SCOPES_MAX = 100;
const ANYTHING: Narrowing = { audience: null, scopes: [] };

/**
 * RFC 7662. The caller is a confidential client, or holds `hub:introspect:use` by a personal token or a client's bearer. Credentials of
 * every kind are answered for, and the bearers made from them; sessions are not, nor are the registry's tokens, which are for the
 * registry alone. With `audience` or `scope` what was made for others, or does not allow that, is not active.
 */
export function introspectionRoute(path: string): AnyRoute {
  return route({
    method: "POST",
    path,
    access: "public",
    read: (request) => ({ request, form: readOAuthForm(request) }),
    run: async (hub, { request, form }) => {
      await checkResourceServer(hub, request, form);
      return introspect(hub, readToken(form), request.origin, readNarrowing(form));
    },
    write: (body) => ({ status: 200, body, headers: { pragma: "no-cache" } }),
  });
}

/** The same for what this node knows of caller and credential without asking anybody. */
export function introspectionShortcut(hub: Hub, path: string): Shortcut {
  const headers = ["pragma", "no-cache", "content-type", "application/json; charset=utf-8"];
  return {
    method: "POST",
    path,
    answer: (request) => {
      const form = readOAuthForm(request);
      if (!isResourceServerFromMemory(hub, request, form)) {
        return null;
      }
      const token = readToken(form);
      const narrowing = readNarrowing(form);
      const verdict = token.reveal().includes(".") ? null : hub.credentials.verifyFromMemory(token);
      return (
        verdict && {
          headers,
          body: JSON.stringify(describe(hub, verdict, request.origin, narrowing)),
          caller: null,
        }
      );
    },
  };
}

function readToken(form: OAuthForm): Secret {
  return new Secret(requireParameter(form, "token").trim());
}

/** A scope that is given and cannot be read is refused: without it the answer would be about less. Throws `invalid_scope`. */
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

/** A credential comes as Bearer, or as Basic with its owner's name; any other Basic pair is a client's. */
function serviceToken(header: Presented | null): Presented | null {
  const isToken = header?.scheme === "bearer" || header?.scheme === "token";
  const kind = header?.scheme === "basic" ? kindOfMark(markOf(header.secret.reveal()) ?? "") : null;
  const isNamedToken = kind !== null && KINDS[kind].introspects;
  return header && (isToken || isNamedToken) ? header : null;
}

async function checkResourceServer(hub: Hub, request: WireRequest, form: OAuthForm): Promise<void> {
  const header = readAuthorization(request.headers.authorization);
  const token = serviceToken(header);
  if (token) {
    requireMayIntrospect(hub, await identify(hub, token, request.origin), request.shown);
    return;
  }
  const presented = presentedClient(header, form);
  if (!presented?.secret) {
    throw new HubError("invalid_client", { detail: "introspection without a client's secret" });
  }
  await authenticateClient(hub, presented);
}

/** False where it is not known, or looks like no: the route decides then. */
function isResourceServerFromMemory(hub: Hub, request: ShortRequest, form: OAuthForm): boolean {
  const header = readAuthorization(request.headers.authorization);
  const token = serviceToken(header);
  if (token) {
    const caller = identifyFromMemory(hub, token, request.origin);
    if (caller) {
      requireMayIntrospect(hub, caller, request.shown);
    }
    return caller !== null;
  }
  const presented = presentedClient(header, form);
  return (
    presented?.secret != null && hub.clients.authenticateFromMemory(presented.id, presented.secret) !== null
  );
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
    hub.credentials.recordUse(caller.proof.credential, caller.origin);
    noteShown(shown, caller);
  }
}

/** What is to be said of a secret or a bearer, whoever asks. Counts as a use of what is good. */
export async function introspect(
  hub: Hub,
  token: Secret,
  origin: Origin,
  narrowing: Narrowing = ANYTHING,
): Promise<Introspection> {
  const text = token.reveal();
  return markOf(text) === null
    ? introspectBearer(hub, text, origin, narrowing)
    : describe(hub, await hub.credentials.verify(token), origin, narrowing);
}

function describe(hub: Hub, verdict: Verdict, origin: Origin, narrowing: Narrowing): Introspection {
  const { policy } = hub;
  if (!verdict.active || !fits(narrowing, verdict.authority, policy.publicUrl)) {
    return INACTIVE;
  }
  const { credential, account, authority } = verdict;
  // An offline token is not used by being looked at: only an exchange, or a bearer made from it, keeps it alive.
  if (KINDS[credential.kind].bearer) {
    hub.credentials.recordUse(credential, origin);
  }
  return {
    active: true,
    scope: authority.format(),
    sub: account.id,
    username: account.username,
    client_id: clientOf(credential),
    // As Keycloak has it for offline tokens: whoever takes bearers is to see that this is none.
    token_type: KINDS[credential.kind].bearer ? "Bearer" : "Offline",
    ...endSeconds(hub, credential),
    ...uncheckedAddresses(credential),
    iat: Math.floor(credential.createdAt / 1000),
    iss: issuerOf(policy),
    aud: policy.publicUrl,
    jti: credential.id,
    kind: credential.kind,
  };
}

/** A use of the parent, as if the bearer had been shown at a door of ours: the caller asks because somebody has shown it there. */
async function introspectBearer(
  hub: Hub,
  jwt: string,
  origin: Origin,
  narrowing: Narrowing,
): Promise<Introspection> {
  const resolved = await resolveBearer(hub, jwt, origin);
  if (
    !resolved ||
    "ended" in resolved ||
    !fits(narrowing, resolved.caller.authority, resolved.claims["aud"])
  ) {
    return INACTIVE;
  }
  const { caller, claims } = resolved;
  const parent = caller.proof.by === "credential" ? caller.proof.credential : null;
  if (parent) {
    hub.credentials.recordUse(parent, origin);
  }
  const { sub, exp, iat, iss, aud, jti = claims["token_id"] } = claims;
  return {
    active: true,
    scope: caller.authority.format(),
    sub: caller.account?.id ?? sub,
    ...(caller.account ? { username: caller.account.username } : {}),
    client_id: claims["client_id"] ?? (parent ? clientOf(parent) : HUB_CLIENT),
    token_type: "Bearer",
    ...{ exp, iat, iss, aud, jti },
    ...(parent ? uncheckedAddresses(parent) : {}),
    kind: parent?.kind ?? kindWithoutParent(caller),
  };
}

/** The address that the hub sees is the service's own, so only the service can tell whether the list is kept to. */
function uncheckedAddresses({ addresses }: Credential): { addresses_checked?: false } {
  return addresses === null ? {} : { addresses_checked: false };
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
