import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { invariant } from "../errors.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { auditEndByClock } from "./expire.ts";
import { endNow } from "./present-end.ts";

const NOTE = "expired, and removed from the list by its owner";

/** Has its owner put it away? */
export function isDismissed(end: CredentialEnd): boolean {
  return end.note === NOTE;
}

/**
 * Puts an expired credential out of its owner's sight. How it ended stays as it was, and so does the tombstone: whoever still holds the
 * secret is told. The audit has it.
 */
export async function dismissExpired(
  context: HubContext,
  credential: Credential,
  caller: Caller,
): Promise<void> {
  await context.store.write(async (writes) => {
    const end = endNow(context, credential);
    invariant(end, "only what has ended is dismissed");
    if (await endOne(writes, credential.id, { ...end, note: NOTE })) {
      await auditEndByClock(writes, credential, end);
    } else {
      await writes.credentials.noteEnd(credential.id, NOTE);
    }
    await auditChange(writes, credential, {
      action: "credential.revoke",
      actor: actorOf(caller),
      details: { reason: NOTE, dismissed: true },
    });
  });
}
