import type { Account } from "../../core/account/account.ts";
import type { Scope } from "../../core/authority/scope.ts";
import { bearerClaims, resolveBearer } from "../../core/bearer/bearer.ts";
import type { Origin } from "../../core/caller.ts";
import { requireAllowedFrom } from "../../core/credential/allowed-from.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { instanceScope } from "../../core/credential/kinds.ts";
import { refuseInactive } from "../../core/credential/verify.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { Secret } from "../../core/secret/secret.ts";

/** The parent of a bearer: a key, or (null) a password, whose bearer stands for the account. */
export interface BearerParent {
  readonly account: Account;
  readonly credential: Credential | null;
  /** Epoch milliseconds past which it must not live, where the key does not already say so. */
  readonly endsBy?: number | null;
}

export interface ZenBearer {
  readonly token: Secret;
  /** As in the token and in the answer of validateAuth, without our own claims. */
  readonly claims: ZenClaims;
}

export type ZenClaims = ReturnType<typeof identityClaims> & {
  readonly iss: "KNOXSSO";
  readonly aud: "DSX";
  readonly authenticator: "default";
  readonly token_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly instance_id?: string;
};

/** Zen's group of all users. */
const ALL_USERS = 10_000;

/** Who the account is, in Zen's words. */
export function identityClaims(account: Account) {
  const isAdmin = account.role === "admin";
  return {
    username: account.username,
    sub: account.username,
    uid: String(account.number),
    display_name: account.displayName ?? account.username,
    role: isAdmin ? "Admin" : "User",
    permissions: isAdmin ? ["administrator", "can_provision", "manage_users"] : ["sign_in_only"],
    groups: [ALL_USERS],
  };
}

/**
 * A JWT that Zen's clients accept: three parts, RS256, `iat` and `exp` as whole seconds. With `instance` it
 * reaches that instance and nothing else. It never outlives the key it was made from.
 */
export async function makeBearer(hub: Hub, parent: BearerParent, instance?: string): Promise<ZenBearer> {
  const { account, credential, endsBy = null } = parent;
  const now = hub.now();
  const ends = [now + hub.policy.zenTokenLifetimeMs, credential?.expiresAt ?? null, endsBy].filter(
    (end) => end !== null,
  );
  const claims: ZenClaims = {
    ...identityClaims(account),
    iss: "KNOXSSO",
    aud: "DSX",
    authenticator: "default",
    token_id: hub.newId(),
    iat: Math.floor(now / 1000),
    exp: Math.floor(Math.min(...ends) / 1000),
    ...(instance === undefined ? {} : { instance_id: instance }),
  };
  const scopes: readonly Scope[] | undefined = instance === undefined ? undefined : [instanceScope(instance)];
  const own = bearerClaims(instance === undefined ? "zen" : "zen_instance", { credential, account }, scopes);
  return { token: new Secret(await hub.keys.sign("zen", {}, { ...claims, ...own })), claims };
}

/**
 * The bearer itself with its claims, if it is good and belongs to that user. No new one is made: a bearer
 * that could renew itself would outlive the log-in that it came from. Throws `credential_inactive`,
 * `invalid_login`.
 */
export async function showBearer(
  hub: Hub,
  { username, bearer }: { readonly username: string; readonly bearer: Secret },
  origin: Origin,
): Promise<ZenBearer> {
  const outcome = await ask(resolveBearer(hub, bearer.reveal(), origin));
  if (!outcome) {
    throw new HubError("credential_inactive", { detail: "bearer unknown or ended" });
  }
  if ("ended" in outcome) {
    throw refuseInactive(outcome.ended);
  }
  requireAllowedFrom(outcome.caller);
  const { account, proof } = outcome.caller;
  const isZen = (proof.by === "bearer" || proof.by === "credential") && proof.derived === "zen";
  const named = await hub.accounts.findByUsername(username);
  if (!isZen || !account || named?.id !== account.id) {
    throw new HubError("invalid_login", { detail: "iam-token of another user or of another kind" });
  }
  const shown = Object.entries(outcome.claims).filter(([name]) => !name.startsWith("mm_"));
  return { token: bearer, claims: Object.fromEntries(shown) as unknown as ZenClaims };
}
