import type { ChainHead } from "../audit/events.ts";

/** The states that the subjects of an ends log had at its end. What they hold is the storage's business. */
export interface LoggedStates {
  /** How many batches of changes the log holds that the backup does not. */
  readonly records: number;
  /** The audit head after the last of them; null if there is none. */
  readonly audit: ChainHead | null;
}

/** What a restore changes in the database, beside what every verb may. */
export interface RestoreWrites {
  /**
   * Ends sessions, authorization codes, device log-ins and signing keys, and with these every bearer. New
   * signing keys come with the next start.
   */
  endTransient(): Promise<void>;
  /**
   * Brings everything that the backup holds to the state that the log has for it. What was made after the
   * backup stays gone.
   */
  replay(states: LoggedStates): Promise<void>;
  /** Freezes every active credential that was made up to this moment, as an administrator; how many. */
  freezeEarlier(createdUntil: number, freeze: { readonly at: number; readonly by: string }): Promise<number>;
}
