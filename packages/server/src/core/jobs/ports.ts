/** A node's claim on a job. While it lasts no other node runs that job. */
export interface LeaseRequest {
  readonly job: string;
  readonly holder: string;
  readonly now: number;
  readonly leaseMs: number;
  /** A run that began later than this is recent enough: the job is not due again. Null: due in any case. */
  readonly dueIfStartedBefore: number | null;
}

export interface Lease {
  /** Where an earlier run stopped before it was finished; null: begin at the beginning. */
  readonly cursor: string | null;
}

export interface JobWrites {
  /** Claims the job. `held`: another node runs it. `recent`: it ran lately and is not due. */
  take(request: LeaseRequest): Promise<Lease | "held" | "recent">;
  /** Prolongs the claim and stores how far the run has come. False when another node has taken over. */
  renew(claim: {
    readonly job: string;
    readonly holder: string;
    readonly until: number;
    readonly cursor: string | null;
  }): Promise<boolean>;
  /**
   * Ends the claim. `cursor` is null when the run is finished; the next run of any node resumes there
   * otherwise.
   */
  release(claim: {
    readonly job: string;
    readonly holder: string;
    readonly cursor: string | null;
  }): Promise<void>;
}
