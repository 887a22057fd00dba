import type { Account } from "../account/account.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { requireStanding } from "../standing.ts";
import { endEvery, forEvery } from "./end-every.ts";
import type { Kind } from "./kinds.ts";
import { requireReason } from "./note.ts";

/**
 * Ends all active credentials of an account, or those of one kind, in one change that is seen whole or not at
 * all, with an audit event for each. The account and its sessions stay. Returns how many. Throws
 * `malformed_request` for a note that is not plain text.
 */
export async function revokeAllOf(
  context: HubContext,
  owner: Account,
  { kind, note }: { readonly kind: Kind | undefined; readonly note: string | null },
  caller: Caller,
): Promise<number> {
  requireReason(note);
  return context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const ended = await endEvery(
      writes,
      { ownerId: owner.id, ...(kind === undefined ? {} : { kind }) },
      { at: context.clock.now(), reason: "revoked", note },
    );
    await forEvery(ended, async ({ id, kind: each, hint, title }) => {
      await writes.audit.append({
        action: "credential.revoke",
        actor: actorOf(caller),
        owner: ownerOf(owner),
        credentialId: id,
        details: { kind: each, hint, title, reason: note },
      });
    });
    writes.announce({ of: "owner", accountId: owner.id });
    return ended.length;
  }, "large");
}
