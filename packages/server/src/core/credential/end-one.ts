import type { Writes } from "../store.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { endOf, isUnusedSuccessor } from "./state.ts";

/**
 * Ends one credential inside the transaction and settles the rotation in which it takes part. True if this
 * call ended it. Announces the change in any case, since this node may not have heard of an earlier end.
 */
export async function endOne(writes: Writes, id: string, end: CredentialEnd): Promise<boolean> {
  const present = await writes.credentials.findById(id);
  const ended = await writes.credentials.end(id, end);
  writes.announce({ of: "credential", id });
  if (ended && present) {
    await settleRotation(writes, present, end.at);
  }
  return ended;
}

/**
 * Settles the other generation: after a successor ends, the predecessor is as before; after a predecessor
 * ends, the successor needs no deadline.
 */
async function settleRotation(writes: Writes, ended: Credential, at: number): Promise<void> {
  const other = ended.rotation && (await writes.credentials.findById(ended.rotation.otherId));
  if (!other?.rotation || other.end || other.rotation.otherId !== ended.id) {
    return;
  }
  // A generation whose own time had passed before stays ended; the expiry job writes that down.
  const isQuiet = other.rotation.role === "predecessor" && other.rotation.mode === "quiet";
  if (!isQuiet && endOf(other, null, at)?.reason === "rotated") {
    return;
  }
  if (isUnusedSuccessor(ended)) {
    await writes.credentials.change(other.id, { rotation: null });
  } else if (ended.rotation?.role === "predecessor") {
    await writes.credentials.change(other.id, { rotation: { ...other.rotation, deadline: null } });
  }
  writes.announce({ of: "credential", id: other.id });
}
