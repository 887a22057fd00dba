import type { HubContext } from "../context.ts";
import type { Reads } from "../store.ts";
import type { Credential } from "./credential.ts";
import { presentEnd } from "./present-end.ts";

/**
 * The other generation of a credential's rotation while both are active, or null. The clock decides, so a
 * rotation that lapsed a moment ago is over though nobody has recorded it.
 */
export async function activeOtherGeneration(
  context: HubContext,
  reads: Reads,
  { id, rotation }: Credential,
): Promise<Credential | null> {
  const other = rotation && (await reads.credentials.findById(rotation.otherId));
  if (!other || other.rotation?.otherId !== id) {
    return null;
  }
  return (await presentEnd(context, reads.credentials, other)) ? null : other;
}
