import { usernameKey } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import { formatScope } from "../authority/scope.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { findStewardship, requireSteward } from "../service/stewardship.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { slotOf } from "./kinds.ts";
import { activeOtherGeneration } from "./other-generation.ts";

/**
 * Moves a person's credential to a service, inside the transaction of an edit. The secret stays the same, and
 * it is still accepted with the former owner's name, so no client notices. The scopes are cut to what the
 * service holds.
 *
 * Throws `forbidden` for anybody but the owner, `not_found` for a service that the caller is no steward of,
 * `slot_taken`, `nothing_left`, and `rotation_underway`.
 */
export async function moveInside(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  { serviceName, caller }: { readonly serviceName: string; readonly caller: Caller },
): Promise<Credential> {
  const owner = await writes.accounts.findById(credential.ownerId);
  if (!owner || owner.id !== caller.account?.id) {
    throw new HubError("forbidden", { explanation: "Only the owner may move a credential to a service." });
  }
  if (usernameKey(owner.username) === usernameKey(serviceName)) {
    return credential;
  }
  const found = await findStewardship(writes, serviceName, caller);
  requireSteward(found);
  const { service } = found;
  if (await activeOtherGeneration(context, writes, credential)) {
    throw new HubError("rotation_underway");
  }
  const slot = slotOf(credential.kind, credential.instance);
  if (slot !== null && (await writes.credentials.findInSlot(service.id, slot))) {
    throw new HubError("slot_taken");
  }
  const everyone = await writes.sharedGrants.sharedGrants("authenticated");
  const held = new Authority([accountScopes(service, everyone), credential.scopes]);
  const scopes = held.effective();
  if (scopes.length === 0) {
    throw new HubError("nothing_left");
  }
  // The generations before it stay with their owner.
  const change = { ownerId: service.id, scopes, formerName: usernameKey(owner.username), rotation: null };
  await writes.credentials.change(credential.id, change);
  const moved = { ...credential, ...change };
  await auditChange(writes, moved, {
    action: "credential.move",
    actor: actorOf(caller),
    details: {
      from: owner.username,
      to: service.username,
      before: credential.scopes.map(formatScope),
      after: scopes.map(formatScope),
    },
  });
  return moved;
}
