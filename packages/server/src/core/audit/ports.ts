import type { AuditEntry, AuditEvent, ChainHead } from "./events.ts";

export interface AuditFilter {
  readonly before?: number | undefined;
  readonly limit: number;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly credentialId?: string | undefined;
}

export interface AuditReads {
  /** Newest first. */
  list(filter: AuditFilter): Promise<readonly AuditEvent[]>;
  /** Ascending, beginning after `seq`. */
  after(seq: number, limit: number): Promise<readonly AuditEvent[]>;
  /** The stored head of the chain; sequence 0 before the first event. */
  head(): Promise<ChainHead>;
  /** The key of the chain, sealed; null if there is none yet. */
  sealedKey(): Promise<Buffer | null>;
}

export interface AuditWrites extends AuditReads {
  append(entry: AuditEntry): Promise<AuditEvent>;
  insertSealedKey(sealed: Buffer): Promise<void>;
}
