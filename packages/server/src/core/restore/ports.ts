import type { ChainHead } from "../audit/events.ts";

/** The final states of the subjects of an ends log. Their content belongs to the storage. */
export interface LoggedStates {
  /** How many batches of changes the log holds that the backup does not. */
  readonly records: number;
  /** The audit head after the last of them; null without any. */
  readonly audit: ChainHead | null;
}

/** The changes of the database that only a restore makes. */
export interface RestoreWrites {
  /**
   * Ends sessions, authorization codes, device log-ins and signing keys, and with these every bearer. New
   * signing keys come with the next start.
   */
  endTransient(): Promise<void>;
  /**
   * Brings everything in the backup to its state in the log. What was created after the backup stays gone.
   */
  replay(states: LoggedStates): Promise<void>;
  /** Freezes every active credential created up to this moment, as an administrator; returns how many. */
  freezeEarlier(createdUntil: number, freeze: { readonly at: number; readonly by: string }): Promise<number>;
}
