import type { Account } from "../account/account.ts";
import type { Authority } from "../authority/authority.ts";
import { formatScope, readStoredScope, type Scope } from "../authority/scope.ts";
import type { Caller, DerivedBearer, Origin } from "../caller.ts";
import type { Client } from "../client/client.ts";
import type { Credential } from "../credential/credential.ts";
import type { Verdict } from "../credential/verify.ts";
import type { Hub } from "../hub.ts";
import { parseJwt } from "../keys/jwt.ts";
import type { KeyPurpose } from "../keys/signing-key.ts";
import { type Looked, whenKnown } from "../looked.ts";

/**
 * Bearers derived from a credential, an account or a client: short JWTs that name their parent in claims of
 * our own, next to the claims of their dialect. Our own endpoints check the parent at each use, so a bearer
 * ends with its parent.
 */
export interface BearerClaims {
  readonly mm_use: DerivedBearer;
  /** The parent credential. Absent for a bearer derived from a password, or of a client. */
  readonly mm_parent?: string;
  readonly mm_account?: string;
  readonly mm_epoch?: number;
  readonly mm_client?: string;
  readonly mm_scope?: string;
}

const PURPOSES: Record<DerivedBearer, KeyPurpose> = {
  realm: "realm",
  client: "realm",
  zen: "zen",
  zen_instance: "zen",
};

/** The claims that bind a bearer to its parent. `scopes` narrow it further. */
export function bearerClaims(
  use: DerivedBearer,
  of: { readonly credential: Credential | null; readonly account: Account },
  scopes?: readonly Scope[],
): BearerClaims {
  return {
    mm_use: use,
    ...(of.credential ? { mm_parent: of.credential.id } : {}),
    mm_account: of.account.id,
    mm_epoch: of.account.epoch,
    ...(scopes ? { mm_scope: scopes.map(formatScope).join(" ") } : {}),
  };
}

/** The claims of a bearer that a client holds in its own name. */
export function clientBearerClaims(client: Client, scopes: readonly Scope[]): BearerClaims {
  return {
    mm_use: "client",
    mm_client: client.id,
    mm_epoch: client.createdAt,
    // A service's client that asked for nothing carries what its service holds at each moment.
    ...(client.accountId !== null && scopes.length === 0
      ? {}
      : { mm_scope: scopes.map(formatScope).join(" ") }),
  };
}

export interface ResolvedBearer {
  readonly caller: Caller;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Who a bearer speaks for; or null when it is not ours or no longer good; or, with its verdict, the parent
 * that is not good.
 */
export type BearerOutcome = ResolvedBearer | { readonly ended: Extract<Verdict, { active: false }> } | null;

type Claims = BearerClaims & Readonly<Record<string, unknown>>;

/** The caller of one of our own JWTs: its parent, account or client is checked at each use. */
export function resolveBearer(hub: Hub, jwt: string, origin: Origin): Looked<BearerOutcome> {
  return whenKnown(hub.keys.look(jwt, { purposes: ["realm", "zen"] }), (verified) => {
    const claims = verified?.claims as Claims | undefined;
    if (!verified || !claims || PURPOSES[claims.mm_use] !== verified.purpose) {
      requireDecided(hub, jwt);
      return null;
    }
    if (claims.mm_client !== undefined) {
      return resolveClient(hub, claims.mm_client, claims, origin);
    }
    return claims.mm_parent === undefined
      ? resolveAccount(hub, claims, origin)
      : resolveParent(hub, claims.mm_parent, claims, origin);
  });
}

function resolveClient(hub: Hub, id: string, claims: Claims, origin: Origin): Looked<BearerOutcome> {
  return whenKnown(hub.clients.find(id), (client) => {
    // A client removed and registered again under its id is another one.
    if (!client || claims.mm_epoch !== client.createdAt) {
      return null;
    }
    return whenKnown(hub.clients.identityOf(client), (identity) => {
      const proof = { by: "client", clientId: client.id, registeredAt: client.createdAt } as const;
      return (
        identity && {
          claims,
          caller: {
            account: identity.account,
            authority: narrow(identity.authority, claims),
            proof,
            origin,
          },
        }
      );
    });
  });
}

function resolveParent(hub: Hub, id: string, claims: Claims, origin: Origin): Looked<BearerOutcome> {
  return whenKnown(hub.verdicts.lookById(id), (verdict) => {
    if (!verdict.active) {
      return { ended: verdict };
    }
    const { credential, account } = verdict;
    const proof = { by: "credential", credential, derived: claims.mm_use } as const;
    return { claims, caller: { account, authority: narrow(verdict.authority, claims), proof, origin } };
  });
}

function resolveAccount(hub: Hub, claims: Claims, origin: Origin): Looked<BearerOutcome> {
  const found = claims.mm_account === undefined ? null : hub.accounts.look(claims.mm_account);
  return whenKnown(found, (account) => {
    if (!account || account.disabled || account.epoch !== claims.mm_epoch) {
      return null;
    }
    return whenKnown(hub.accounts.authorityOf(account), (held) => {
      const authority = narrow(held, claims);
      const proof = { by: "bearer", derived: claims.mm_use, ...readLife(claims) } as const;
      return { claims, caller: { account, authority, proof, origin } };
    });
  });
}

function narrow(authority: Authority, { mm_scope: scopes }: Claims): Authority {
  return scopes === undefined ? authority : authority.narrowedByText(scopes, readScopeClaim);
}

/**
 * The keys of bearers from before a restore are gone, so such a bearer cannot be told from a forged one.
 * Throws `restored_undecided`.
 */
function requireDecided(hub: Hub, jwt: string): void {
  const madeAt = hub.restored.isUndecided ? parseJwt(jwt)?.claims["iat"] : undefined;
  if (typeof madeAt === "number") {
    hub.restored.require(madeAt * 1000);
  }
}

function readLife({ iat, exp }: Readonly<Record<string, unknown>>): { madeAt: number; expiresAt: number } {
  return {
    madeAt: typeof iat === "number" ? iat * 1000 : 0,
    expiresAt: typeof exp === "number" ? exp * 1000 : 0,
  };
}

function readScopeClaim(text: string): readonly Scope[] {
  return text
    .split(" ")
    .map((scope) => readStoredScope(scope))
    .filter((scope) => scope !== null);
}
