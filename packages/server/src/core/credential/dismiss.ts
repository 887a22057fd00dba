import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { invariant } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { auditEndByClock } from "./expire.ts";
import { endNow } from "./present-end.ts";

const NOTE = "expired, and removed from the list by its owner";

/**
 * Removes an expired credential from its owner's list. Why and when it expired stay as they were, and so does
 * the row: a holder of the secret is still told. The removal is audited. Throws like `requireStanding`.
 */
export async function dismissExpired(
  context: HubContext,
  credential: Credential,
  caller: Caller,
): Promise<void> {
  await context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const end = endNow(context, credential);
    invariant(end, "only what has ended is dismissed");
    if (await endOne(writes, credential.id, { ...end, note: NOTE })) {
      await auditEndByClock(writes, credential, end);
    } else {
      await writes.credentials.setEndNote(credential.id, NOTE);
    }
    await writes.credentials.change(credential.id, { dismissedAt: context.clock.now() });
    await auditChange(writes, credential, {
      action: "credential.revoke",
      actor: actorOf(caller),
      details: { reason: NOTE, dismissed: true },
    });
  });
}
