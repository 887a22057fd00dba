import type { Account } from "../../core/account/account.ts";
import type { Authority } from "../../core/authority/authority.ts";
import { formatScope, type Scope } from "../../core/authority/scope.ts";
import { refuseAllScopes, refuseTooMany } from "../../core/authority/scope-list.ts";
import { bearerClaims, clientBearerClaims } from "../../core/bearer/bearer.ts";
import type { Client } from "../../core/client/client.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { SharedClaims } from "../../core/keys/shared-claims.ts";
import { type Looked, whenKnown } from "../../core/looked.ts";
import { type BearerOwner, keptClaims, type OwnerClaims, realmClaims } from "./owner-claims.ts";

/**
 * Leaves room for the other claims below the length that our own endpoints read and that proxies accept in a
 * header.
 */
const SCOPE_LENGTH_MAX = 3_000;

export interface AccessToken {
  readonly jwt: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

/**
 * A bearer for the owner of an offline token: it carries no more than the parent, and lives no longer than
 * the parent has left.
 */
export function signForOwner(
  hub: Hub,
  of: {
    readonly credential: Credential;
    readonly account: Account;
    readonly authority: Authority;
    readonly client: Client;
  },
  asked: readonly Scope[],
  { openId }: { readonly openId: boolean },
): Looked<AccessToken> {
  const { credential, account, client } = of;
  const owner = { account, client, openId };
  const { scope, shared } =
    asked.length === 0
      ? keptClaims(of.authority, owner, () => makeClaims(hub, of.authority, owner, asked))
      : makeClaims(hub, of.authority.narrowedTo(asked), owner, asked);
  const { id, expiresAt, idleMs } = credential;
  // The exchange is a use, so the whole idle time lies ahead.
  const untilIdle = idleMs ?? Number.POSITIVE_INFINITY;
  const untilEnd = expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - hub.now();
  const lifeMs = Math.min(hub.policy.accessTokenLifetimeMs, untilIdle, untilEnd);
  return sign(hub, { lifeMs, scope, parent: id, shared });
}

function makeClaims(
  hub: Hub,
  authority: Authority,
  owner: BearerOwner,
  asked: readonly Scope[],
): OwnerClaims {
  const { account, client, openId } = owner;
  const scope = withOpenId(listScopes(authority, asked), openId);
  const claims = {
    ...bearerClaims("realm", { credential: null, account }, asked.length === 0 ? undefined : asked),
    sub: account.id,
    preferred_username: account.username,
    ...(account.email === null ? {} : { email: account.email }),
    client_id: client.id,
  };
  return { ...owner, scope, shared: new SharedClaims(realmClaims(hub.policy, scope, claims)) };
}

/** A bearer that a confidential client holds in its own name, or as its service. Throws `invalid_client`. */
export function signForClient(
  hub: Hub,
  client: Client,
  asked: readonly Scope[],
  { openId }: { readonly openId: boolean },
): Looked<AccessToken> {
  return whenKnown(hub.clients.identityOf(client), (identity) => {
    if (!identity) {
      throw new HubError("invalid_client", { detail: "the service of the client is gone" });
    }
    const { account, authority } = identity;
    const narrowed = asked.length === 0 ? authority : authority.narrowedTo(asked);
    const scope = withOpenId(listScopes(narrowed, asked), openId);
    const claims = realmClaims(hub.policy, scope, {
      ...clientBearerClaims(client, asked.length > 0 || account ? asked : client.scopes),
      sub: account?.id ?? client.id,
      // Keycloak names a client's own account so. A service has a name.
      preferred_username: account?.username ?? `service-account-${client.id}`,
      client_id: client.id,
    });
    const shared = new SharedClaims(claims);
    return sign(hub, { lifeMs: hub.policy.accessTokenLifetimeMs, scope, parent: null, shared });
  });
}

/** One object, so that the header is encoded once for each key. */
const HEADER = { typ: "JWT" } as const;

/**
 * A token with the header and the claims of Keycloak 26, for verifiers made for it; `typ` is not RFC 9068's
 * `at+jwt`.
 */
function sign(
  hub: Hub,
  {
    lifeMs,
    scope,
    parent,
    shared,
  }: {
    readonly lifeMs: number;
    readonly scope: string;
    /** The credential that the bearer stands for. */
    readonly parent: string | null;
    readonly shared: SharedClaims;
  },
): Looked<AccessToken> {
  const iat = Math.floor(hub.now() / 1000);
  const expiresInSeconds = Math.max(1, Math.floor(lifeMs / 1000));
  const exp = iat + expiresInSeconds;
  const jti = hub.newId();
  const own = parent === null ? { iat, exp, jti } : { iat, exp, jti, mm_parent: parent, sid: parent };
  const signed = hub.keys.lookSigned("realm", HEADER, own, shared);
  return whenKnown(signed, withJwt, { expiresInSeconds, scope });
}

function withJwt(jwt: string, { expiresInSeconds, scope }: Omit<AccessToken, "jwt">): AccessToken {
  return { jwt, expiresInSeconds, scope };
}

/** The word `openid` opens the realm's userinfo endpoint and nothing else. */
function withOpenId(scope: string, openId: boolean): string {
  return openId ? `openid ${scope}`.trim() : scope;
}

/**
 * RFC 6749 §6: a request for scopes that cannot be granted is refused, not answered with an empty token. The
 * same goes for patterns that overlap with the held scopes in more ways than a list has room for. Throws
 * `invalid_scope`.
 */
function listScopes(authority: Authority, asked: readonly Scope[]): string {
  const effective = authority.effective();
  if (asked.length > 0 && authority.crossesTooOften()) {
    throw refuseTooMany("scope");
  }
  if (asked.length > 0 && effective.length === 0) {
    throw refuseAllScopes(asked, "scope", "None of the scopes asked for may be given");
  }
  let list = "";
  for (const text of effective.map(formatScope)) {
    const longer = list === "" ? text : `${list} ${text}`;
    // Scopes that do not fit are only left out of the claim: our own endpoints check the parent and do not
    // read this claim.
    list = longer.length <= SCOPE_LENGTH_MAX ? longer : list;
  }
  return list;
}
