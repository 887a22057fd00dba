import type { Actor, AuditAction } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { Writes } from "../store.ts";
import type { Credential } from "./credential.ts";

/**
 * Announces a change of one credential to all nodes and writes its audit event, in the transaction of the
 * change.
 */
export async function auditChange(
  writes: Writes,
  credential: Credential,
  event: {
    readonly action: AuditAction;
    readonly actor: Actor;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  writes.announce({ of: "credential", id: credential.id });
  const owner = await writes.accounts.findById(credential.ownerId);
  const { kind, hint, title } = credential;
  await writes.audit.append({
    action: event.action,
    actor: event.actor,
    owner: owner ? ownerOf(owner) : null,
    credentialId: credential.id,
    details: { kind, hint, title, ...event.details },
  });
}
