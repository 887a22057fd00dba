import type { Account } from "../../core/account/account.ts";
import { formatScope, USER_ADMIN } from "../../core/authority/scope.ts";
import type { Caller } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import type { Issued, IssueRequest, RepeatGuard } from "../../core/credential/issue.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";

/**
 * Makes the caller's platform key and ends the one before. A platform key, or its bearer, may do so too, in
 * its own place.
 */
export function makePlatformKey(hub: Hub, caller: Caller, repeat?: RepeatGuard): Promise<Issued> {
  const shown = shownPlatformKey(caller);
  const own = shown ? inItsPlace(hub, shown) : {};
  return hub.issuance.issue(keyOwner(caller, shown), { kind: "platform_key", ...own, repeat }, caller);
}

/** Ends the caller's platform key; none is no error. */
export async function endPlatformKey(hub: Hub, caller: Caller): Promise<void> {
  await hub.revocations.revokeInSlot(
    keyOwner(caller, shownPlatformKey(caller)),
    { kind: "platform_key", instance: null },
    caller,
  );
}

/** Throws `not_found` for an instance that is unknown or not granted. */
export function makeInstanceKey(hub: Hub, instance: string, caller: Caller): Promise<Issued> {
  return hub.issuance.issue(keyOwner(caller), { kind: "instance_key", instance }, caller);
}

/**
 * Ends the caller's key of that instance, also where the grant has gone since; none is no error where the
 * instance is the caller's to use.
 */
export async function endInstanceKey(hub: Hub, instance: string, caller: Caller): Promise<void> {
  if (!(await hub.revocations.revokeInSlot(keyOwner(caller), { kind: "instance_key", instance }, caller))) {
    await hub.instances.usableBy(caller, instance);
  }
}

function shownPlatformKey({ proof }: Caller): Credential | null {
  return proof.by === "credential" && proof.credential.kind === "platform_key" ? proof.credential : null;
}

/** A narrowed key does not widen by replacing itself, and a key with its own expiry does not last longer. */
function inItsPlace(hub: Hub, shown: Credential): Partial<IssueRequest> {
  const lifeMs = hub.policy.apiKeyExpirationMs;
  const byPolicy = lifeMs === null ? null : shown.createdAt + lifeMs;
  const ownEnd = shown.expiresAt === byPolicy ? null : shown.expiresAt;
  return {
    replaces: shown.id,
    scopes: shown.scopes.map(formatScope),
    ...(ownEnd === null ? {} : { expiresAt: ownEnd }),
  };
}

function keyOwner({ account, authority }: Caller, shown: Credential | null = null): Account {
  if (!account || !(shown || authority.permits(USER_ADMIN))) {
    throw new HubError("forbidden", {
      explanation: "Creating or deleting an API key needs a log-in with user name and password.",
    });
  }
  return account;
}
