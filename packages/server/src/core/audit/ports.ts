import type { AuditEntry, AuditEvent, ChainHead } from "./events.ts";

export interface AuditFilter {
  /** Only events with a smaller sequence. */
  readonly before?: number | undefined;
  /** Only events with at least this sequence. */
  readonly from?: number | undefined;
  readonly limit: number;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly ownerId?: string | undefined;
  /** The owner's name at the time. */
  readonly owner?: string | undefined;
  readonly credentialId?: string | undefined;
  readonly since?: number | undefined;
  /** Exclusive. */
  readonly until?: number | undefined;
  /** Text within names, action, details, address or program, whatever the case of ASCII letters. */
  readonly text?: string | undefined;
}

/** Events, newest first. */
export interface EventPage {
  readonly events: readonly AuditEvent[];
  /** True if there are fewer than asked for because their details are large; there is at least one. */
  readonly isCut: boolean;
}

export interface AuditReads {
  page(filter: AuditFilter): Promise<EventPage>;
  /** The events of `page`. */
  list(filter: AuditFilter): Promise<readonly AuditEvent[]>;
  /** How many the list has, counted up to its limit. */
  count(filter: AuditFilter): Promise<number>;
  /** The sequence of the event that is last on a page of that limit; null if the list ends before. */
  depth(filter: AuditFilter): Promise<number | null>;
  /** Ascending, beginning after `seq`. Fewer than the limit, but at least one, if their details are large. */
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
