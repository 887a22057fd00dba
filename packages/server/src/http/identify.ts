import type { Account } from "../core/account/account.ts";
import { Authority } from "../core/authority/authority.ts";
import { type BearerOutcome, resolveBearer } from "../core/bearer/bearer.ts";
import type { Caller, Origin } from "../core/caller.ts";
import { CLI_CLIENT } from "../core/client/client.ts";
import { allowedFrom, requireAllowedFrom } from "../core/credential/allowed-from.ts";
import type { Credential } from "../core/credential/credential.ts";
import { isLoginName, KINDS } from "../core/credential/kinds.ts";
import { isOwnerName } from "../core/credential/owner-name.ts";
import type { PresentedSecret } from "../core/credential/presented.ts";
import { refuseInactive, type Verdict } from "../core/credential/verify.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { ask, type Looked, Undecided, whenKnown } from "../core/looked.ts";
import type { Presented, PresentedPair } from "./authorization.ts";
import type { ProofKind } from "./dialect.ts";

/**
 * The caller behind what was presented: synchronously if this node knows it, else after asking the store.
 * Throws, now or then, `credential_inactive` (with the ending, if the true secret was presented),
 * `invalid_login`, `too_many_attempts`, `store_unavailable`.
 */
export function identify(hub: Hub, presented: Presented, origin: Origin): Looked<Caller> {
  return whenKnown(lookAtCaller(hub, presented, origin), orThrow);
}

/**
 * As `identify`, but the refusal of a secret is returned: anybody can send any number of them, and an
 * exception costs as much as the verdict.
 */
export function lookAtCaller(hub: Hub, presented: Presented, origin: Origin): Looked<Caller | HubError> {
  switch (presented.form) {
    case "unreadable":
      throw new HubError("credential_inactive", { detail: "unreadable Authorization header" });
    case "password":
      return new Undecided(() => passwordCaller(hub, presented, origin));
    case "session":
      return identifySession(hub, presented, origin, "bearer");
    case "jwt":
      return whenKnown(resolveBearer(hub, presented.secret.reveal(), origin), bearerCaller);
    case "credential":
    case "other_secret":
    case "malformed": {
      const { username } = presented;
      const verdict = hub.verdicts.look(presented);
      return username === null
        ? whenKnown(verdict, credentialCaller, origin)
        : whenKnown(verdict, (found) => namedCaller(hub, found, username, origin));
    }
  }
}

/** What was found, if it is no refusal. */
export function orThrow<Found>(found: Found | HubError): Found {
  if (found instanceof HubError) {
    throw found;
  }
  return found;
}

/**
 * The caller behind a session's secret. Throws `credential_inactive`, also for a text that is no session's.
 */
export function identifySession(
  hub: Hub,
  presented: PresentedSecret,
  origin: Origin,
  carrier: "cookie" | "bearer",
): Looked<Caller> {
  return new Undecided(async () => {
    const found = presented.form === "session" ? await hub.sessions.find(presented.secret) : null;
    if (!found) {
      throw new HubError("credential_inactive", { detail: "session unknown or ended" });
    }
    const authority = await ask(hub.accounts.authorityOf(found.account));
    const proof = { by: "session", session: found.session, carrier } as const;
    return { account: found.account, authority, proof, origin };
  });
}

/**
 * The caller behind what stands for a credential by its id and is proven already. Throws
 * `credential_inactive`.
 */
export function identifyParent(hub: Hub, credentialId: string, origin: Origin): Looked<Caller> {
  return whenKnown(hub.verdicts.lookById(credentialId), (verdict) =>
    orThrow(credentialCaller(verdict, origin)),
  );
}

/** The caller without credentials: holds what the set `anonymous` holds. */
export function identifyAnonymous(hub: Hub, origin: Origin): Looked<Caller> {
  return new Undecided(async () => {
    const grants = await hub.accounts.sharedGrants("anonymous");
    return { account: null, authority: new Authority([grants]), proof: { by: "nothing" }, origin };
  });
}

async function passwordCaller(hub: Hub, pair: PresentedPair, origin: Origin): Promise<Caller> {
  if (pair.scheme === "zenapikey" || isLoginName(pair.username)) {
    throw new HubError("credential_inactive", { detail: "not a secret of this hub" });
  }
  const account = await hub.sessions.checkPassword(pair.username, pair.secret.reveal(), origin);
  const authority = await ask(hub.accounts.authorityOf(account));
  return { account, authority, proof: { by: "password", freshAt: hub.now() }, origin };
}

function bearerCaller(outcome: BearerOutcome): Caller {
  if (!outcome) {
    throw new HubError("credential_inactive", { detail: "bearer unknown or ended" });
  }
  if ("ended" in outcome) {
    throw refuseInactive(outcome.ended);
  }
  requireAllowedFrom(outcome.caller);
  return outcome.caller;
}

function credentialCaller(found: Verdict, origin: Origin): Caller | HubError {
  const verdict = allowedFrom(found, origin.address);
  if (!verdict.active) {
    return refuseInactive(verdict);
  }
  const { account, authority, credential } = verdict;
  return { account, authority, proof: { by: "credential", credential, derived: null }, origin };
}

/**
 * The caller behind a secret with a user name in front of it, which must be the owner's whether the secret is
 * good or not.
 */
function namedCaller(
  hub: Hub,
  verdict: Verdict,
  username: string,
  origin: Origin,
): Looked<Caller | HubError> {
  const { credential } = verdict;
  return whenKnown(ownerOf(hub, verdict), (owner) => {
    if (credential && !isNameOf(username, credential, owner)) {
      throw new HubError("credential_inactive", {
        detail: `user name does not belong to credential ${credential.id}`,
        credentialId: credential.id,
      });
    }
    return credentialCaller(verdict, origin);
  });
}

function ownerOf(hub: Hub, verdict: Verdict): Looked<Account | null> {
  if (verdict.active) {
    return verdict.account;
  }
  return verdict.credential ? hub.accounts.look(verdict.credential.ownerId) : null;
}

/** True if this name may be sent with the credential's secret: its owner's, or the one of its kind. */
function isNameOf(username: string, credential: Credential, owner: Account | null): boolean {
  if (isLoginName(username)) {
    return username === KINDS[credential.kind].loginName;
  }
  return isOwnerName(username, credential, owner);
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
      if (proof.derived === "realm" && proof.credential.clientId === CLI_CLIENT) {
        return "cli_bearer";
      }
      return proof.derived ? `${proof.derived}_bearer` : proof.credential.kind;
  }
}
