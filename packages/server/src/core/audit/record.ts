import type { AuditEvent } from "./events.ts";

/** An audit event as the API, exports and the audit stream show it. */
export interface AuditRecord {
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly owner: string | null;
  readonly credentialId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string | null;
  readonly agent: string | null;
  readonly hash: string;
  readonly previousHash: string;
}

export function recordOf(event: AuditEvent): AuditRecord {
  const { seq, actor, action, owner, credentialId, details, address, agent, hash, previousHash } = event;
  const at = new Date(event.at).toISOString();
  return { seq, at, actor, action, owner, credentialId, details, address, agent, hash, previousHash };
}
