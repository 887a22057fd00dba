/** The result of one piece of a job. */
export interface Piece {
  /** How many items it worked on. */
  readonly done: number;
  /** Where the next piece begins; null when nothing is left. */
  readonly next: string | null;
}

/** Work that runs by the clock and not for a request. Of several nodes one runs it at a time. */
export interface Job {
  /** For the lease, the log and the metrics: kebab-case, never changed. */
  readonly name: string;
  /** The longest time between two runs. */
  readonly everyMs: number;
  /** A cheap look whether a run would find anything. Absent: each run takes place. */
  hasWork?(): Promise<boolean>;
  /**
   * Does one bounded piece of the work, beginning after `from` (null: at the beginning), which may come from
   * a run that another node did not finish. It returns early when the signal aborts: the server stops, or
   * another node has taken over.
   */
  run(from: string | null, signal: AbortSignal): Promise<Piece>;
}

/** A run as operators see it. */
export interface JobRun {
  readonly job: string;
  readonly outcome: "finished" | "interrupted" | "failed";
  readonly done: number;
  readonly tookMs: number;
  /** Why it failed. */
  readonly error?: unknown;
}
