import type { AuditEvent } from "../audit/events.ts";

/** Where the audit log is copied to: a syslog server or a file. */
export interface AuditSink {
  /**
   * False for a while after an attempt that failed, so that a sink that is away is not asked all the time.
   */
  isReady(): boolean;
  /**
   * The last event that was handed on and not known to be lost; null if none was yet. It goes back when a
   * connection breaks on which events were that may not have arrived.
   */
  readonly writtenSeq: number | null;
  /** The last event that counts as arrived; null if none does yet. */
  readonly settledSeq: number | null;
  /**
   * Hands events on, in order. Rejects when they could not be handed on; some may have arrived all the same.
   */
  write(events: readonly AuditEvent[]): Promise<void>;
  close(): Promise<void>;
}
