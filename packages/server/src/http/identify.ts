import { type Account, usernameKey } from "../core/account/account.ts";
import { SESSION_MARK } from "../core/account/session.ts";
import { Authority, accountScopes } from "../core/authority/authority.ts";
import { resolveBearer } from "../core/bearer/bearer.ts";
import type { Caller, Origin } from "../core/caller.ts";
import { allowedFrom, requireAllowedFrom } from "../core/credential/allowed-from.ts";
import type { Credential } from "../core/credential/credential.ts";
import { isLoginName, KINDS } from "../core/credential/kinds.ts";
import { refuseInactive, type Verdict } from "../core/credential/verify.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { markOf } from "../core/secret/format.ts";
import type { Secret } from "../core/secret/secret.ts";
import type { Presented } from "./authorization.ts";
import type { ProofKind } from "./dialect.ts";

/**
 * Who stands behind what was presented. Throws `credential_inactive` (with the ending, where the true secret was shown), `invalid_login`,
 * `too_many_attempts`, `store_unavailable`.
 */
export function identify(hub: Hub, presented: Presented, origin: Origin): Promise<Caller> {
  switch (presented.scheme) {
    case "unreadable":
      throw new HubError("credential_inactive", { detail: "unreadable Authorization header" });
    case "bearer":
    case "token":
      return identifyBearer(hub, presented.secret, origin);
    case "basic":
    case "zenapikey":
      return identifyPair(hub, presented, origin);
  }
}

/**
 * The same for a credential's secret that this node knows of, without asking anybody; null for all else. Throws `credential_inactive`.
 */
export function identifyFromMemory(hub: Hub, presented: Presented, origin: Origin): Caller | null {
  if (presented.scheme === "unreadable") {
    return null;
  }
  const isPair = presented.scheme === "basic" || presented.scheme === "zenapikey";
  const text = presented.secret.reveal();
  // A session, or a bearer made from a credential.
  if (text.startsWith(SESSION_MARK) || text.includes(".")) {
    return null;
  }
  if (isPair && markOf(text) === null) {
    return null;
  }
  const verdict = hub.credentials.verifyFromMemory(presented.secret);
  if (!verdict) {
    return null;
  }
  if (isPair && verdict.credential) {
    // The pipeline asks who the owner of an ended one was; that is not known here.
    return verdict.active && isNameOf(presented.username, verdict.credential, verdict.account)
      ? callerOf(verdict, origin)
      : null;
  }
  return callerOf(verdict, origin);
}

async function identifyBearer(hub: Hub, secret: Secret, origin: Origin): Promise<Caller> {
  const mark = markOf(secret.reveal());
  if (mark === SESSION_MARK) {
    return identifySession(hub, secret, origin, "bearer");
  }
  if (mark === null && secret.reveal().split(".").length === 3) {
    const resolved = await resolveBearer(hub, secret.reveal(), origin);
    if (!resolved) {
      throw new HubError("credential_inactive", { detail: "bearer unknown or ended" });
    }
    if ("ended" in resolved) {
      throw refuseInactive(resolved.ended);
    }
    requireAllowedFrom(resolved.caller);
    return resolved.caller;
  }
  return callerOf(await hub.credentials.verify(secret), origin);
}

/** The caller behind a session's secret. Throws `credential_inactive`. */
export async function identifySession(
  hub: Hub,
  secret: Secret,
  origin: Origin,
  carrier: "cookie" | "bearer",
): Promise<Caller> {
  const found = await hub.sessions.find(secret);
  if (!found) {
    throw new HubError("credential_inactive", { detail: "session unknown or ended" });
  }
  const { account, session } = found;
  const authority = new Authority([accountScopes(account, await hub.context.index.everyone())]);
  return { account, authority, proof: { by: "session", session, carrier }, origin };
}

async function identifyPair(
  hub: Hub,
  pair: Extract<Presented, { scheme: "basic" | "zenapikey" }>,
  origin: Origin,
): Promise<Caller> {
  const mark = markOf(pair.secret.reveal());
  if (mark !== null && mark !== SESSION_MARK) {
    const verdict = await hub.credentials.verify(pair.secret);
    const owner = await ownerOf(hub, verdict);
    if (verdict.credential && !isNameOf(pair.username, verdict.credential, owner)) {
      throw new HubError("credential_inactive", {
        detail: `user name does not belong to credential ${verdict.credential.id}`,
        credentialId: verdict.credential.id,
      });
    }
    return callerOf(verdict, origin);
  }
  if (pair.scheme === "zenapikey" || isLoginName(pair.username)) {
    throw new HubError("credential_inactive", { detail: "not a secret of ours" });
  }
  const account = await hub.sessions.checkPassword(pair.username, pair.secret.reveal(), origin);
  const authority = new Authority([accountScopes(account, await hub.context.index.everyone())]);
  return { account, authority, proof: { by: "password", freshAt: hub.context.clock.now() }, origin };
}

async function ownerOf(hub: Hub, verdict: Verdict): Promise<Account | null> {
  if (verdict.active) {
    return verdict.account;
  }
  return verdict.credential ? hub.context.index.account(verdict.credential.ownerId) : null;
}

/** True if this name may be sent with the credential's secret: its owner's, or the one of its kind. */
function isNameOf(username: string, credential: Credential, owner: Account | null): boolean {
  if (isLoginName(username)) {
    return username === KINDS[credential.kind].loginName;
  }
  return owner !== null && usernameKey(owner.username) === usernameKey(username);
}

function callerOf(found: Verdict, origin: Origin): Caller {
  const verdict = allowedFrom(found, origin.address);
  if (!verdict.active) {
    throw refuseInactive(verdict);
  }
  const { account, authority, credential } = verdict;
  return { account, authority, proof: { by: "credential", credential, derived: null }, origin };
}

/** The caller behind what stands for a credential by its id and is proven already. Throws `credential_inactive`. */
export async function identifyParent(hub: Hub, credentialId: string, origin: Origin): Promise<Caller> {
  return callerOf(await hub.credentials.verifyById(credentialId), origin);
}

/** The caller without credentials: holds what the set `anonymous` holds. */
export async function identifyAnonymous(hub: Hub, origin: Origin): Promise<Caller> {
  const grants = await hub.context.store.read.sharedGrants.sharedGrants("anonymous");
  return { account: null, authority: new Authority([grants]), proof: { by: "nothing" }, origin };
}

export function proofKindOf(caller: Caller): ProofKind | null {
  const { proof } = caller;
  switch (proof.by) {
    case "nothing":
      return null;
    case "password":
    case "session":
      return proof.by;
    case "client":
      return "client_bearer";
    case "bearer":
      return `${proof.derived}_bearer`;
    case "credential":
      return proof.derived ? `${proof.derived}_bearer` : proof.credential.kind;
  }
}

/** May a secret of this caller's kind be shown as such? An offline token is only good at the token endpoint. */
export function isShowable(caller: Caller): boolean {
  const { proof } = caller;
  return proof.by !== "credential" || proof.derived !== null || KINDS[proof.credential.kind].bearer;
}
