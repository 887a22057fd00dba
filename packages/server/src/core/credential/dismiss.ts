import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { invariant } from "../errors.ts";
import { type Credential, type CredentialEnd, endOf } from "./credential.ts";
import { auditExpiry } from "./expire.ts";
import { lastUsedAt } from "./verify.ts";

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
    const end = endOf(credential, lastUsedAt(context, credential), context.clock.now());
    invariant(end, "only what has ended is dismissed");
    if (await writes.credentials.end(credential.id, { ...end, note: NOTE })) {
      await auditExpiry(writes, credential, end);
    } else {
      await writes.credentials.noteEnd(credential.id, NOTE);
    }
    writes.announce({ of: "credential", id: credential.id });
    const owner = await writes.accounts.findById(credential.ownerId);
    await writes.audit.append({
      action: "credential.revoke",
      actor: actorOf(caller),
      owner: owner ? ownerOf(owner) : null,
      credentialId: credential.id,
      details: {
        kind: credential.kind,
        hint: credential.hint,
        title: credential.title,
        reason: NOTE,
        dismissed: true,
      },
    });
  });
}
