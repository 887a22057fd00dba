import { type Actor, SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { Writes } from "../store.ts";

/** True if no steward of the service can sign in any more. */
export function isOrphaned(
  stewards: readonly { readonly disabled: boolean; readonly suspended: boolean }[],
): boolean {
  return stewards.every(({ disabled, suspended }) => disabled || suspended);
}

/**
 * Writes the event for each of these services that has lost its last enabled steward by the change that this
 * transaction makes. The services themselves go on.
 */
export async function reportOrphans(
  writes: Writes,
  serviceIds: readonly string[],
  actor: Actor = SYSTEM,
): Promise<void> {
  for (const id of serviceIds) {
    const service = await writes.accounts.findById(id);
    if (service && isOrphaned(await writes.services.stewards(id))) {
      await writes.audit.append({
        action: "service.orphaned",
        actor,
        owner: ownerOf(service),
        credentialId: null,
        details: {},
      });
    }
  }
}
