import type { Account } from "../../core/account/account.ts";
import type { Authority } from "../../core/authority/authority.ts";
import { formatScope, type Scope } from "../../core/authority/scope.ts";
import { refuseAllScopes, refuseTooMany } from "../../core/authority/scope-list.ts";
import { type BearerClaims, bearerClaims, clientBearerClaims } from "../../core/bearer/bearer.ts";
import type { Client } from "../../core/client/client.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Looked, whenKnown } from "../../core/looked.ts";
import { issuerOf } from "../../http/oauth/metadata.ts";

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
  const narrowed = asked.length === 0 ? of.authority : of.authority.narrowedTo(asked);
  const scope = withOpenId(listScopes(narrowed, asked), openId);
  const { expiresAt } = of.credential;
  // The exchange is a use, so the whole idle time lies ahead.
  const left = [hub.policy.accessTokenLifetimeMs, of.credential.idleMs, untilEnd(expiresAt, hub.now())];
  return sign(hub, Math.min(...left.filter((ms) => ms !== null)), scope, {
    ...bearerClaims("realm", of, asked.length === 0 ? undefined : asked),
    sub: of.account.id,
    preferred_username: of.account.username,
    ...(of.account.email === null ? {} : { email: of.account.email }),
    sid: of.credential.id,
    client_id: of.client.id,
  });
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
    return sign(hub, hub.policy.accessTokenLifetimeMs, scope, {
      ...clientBearerClaims(client, asked.length > 0 || account ? asked : client.scopes),
      sub: account?.id ?? client.id,
      // Keycloak names a client's own account so. A service has a name.
      preferred_username: account?.username ?? `service-account-${client.id}`,
      client_id: client.id,
    });
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
  lifeMs: number,
  scope: string,
  claims: BearerClaims & {
    readonly sub: string;
    readonly client_id: string;
    readonly preferred_username?: string;
    readonly sid?: string;
    readonly email?: string;
  },
): Looked<AccessToken> {
  const iat = Math.floor(hub.now() / 1000);
  const expiresInSeconds = Math.max(1, Math.floor(lifeMs / 1000));
  const signed = hub.keys.lookSigned("realm", HEADER, {
    iss: issuerOf(hub.policy),
    aud: hub.policy.publicUrl,
    iat,
    exp: iat + expiresInSeconds,
    jti: hub.newId(),
    typ: "Bearer",
    azp: claims.client_id,
    scope,
    ...claims,
  });
  return whenKnown(signed, (jwt) => ({ jwt, expiresInSeconds, scope }));
}

/** The word `openid` opens the realm's userinfo endpoint and nothing else. */
function withOpenId(scope: string, openId: boolean): string {
  return openId ? `openid ${scope}`.trim() : scope;
}

/** The whole list of an authority, which never changes. */
const scopeLists = new WeakMap<Authority, string>();

/**
 * RFC 6749 §6: a request for scopes that cannot be granted is refused, not answered with an empty token. The
 * same goes for patterns that overlap with the held scopes in more ways than a list has room for. Throws
 * `invalid_scope`.
 */
function listScopes(authority: Authority, asked: readonly Scope[]): string {
  const known = asked.length === 0 ? scopeLists.get(authority) : undefined;
  if (known !== undefined) {
    return known;
  }
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
  if (asked.length === 0) {
    scopeLists.set(authority, list);
  }
  return list;
}

function untilEnd(expiresAt: number | null, now: number): number | null {
  return expiresAt === null ? null : expiresAt - now;
}
