import type { Actor, AuditAction } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { Writes } from "../store.ts";
import type { Credential } from "./credential.ts";

interface CredentialEvent {
  readonly action: AuditAction;
  readonly actor: Actor;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Announces a change of one credential to all nodes and writes its audit event, in the transaction of the
 * change.
 */
export async function auditChange(
  writes: Writes,
  credential: Credential,
  event: CredentialEvent,
): Promise<void> {
  writes.announce({ of: "credential", id: credential.id });
  await auditCredential(writes, credential, event);
}

/** Writes the audit event of something that leaves the credential as it was. */
export async function auditCredential(
  writes: Writes,
  credential: Credential,
  event: CredentialEvent,
): Promise<void> {
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
