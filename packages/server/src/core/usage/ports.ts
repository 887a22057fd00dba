export interface DailyUse {
  readonly credentialId: string;
  /** Days since the epoch, UTC. */
  readonly day: number;
  readonly count: number;
}

export interface UsageReads {
  daily(credentialId: string, sinceDay: number): Promise<readonly DailyUse[]>;
}

export interface UsageWrites extends UsageReads {
  /** Adds to the counts of their days. */
  addDaily(uses: readonly DailyUse[]): Promise<void>;
  /** Removes at most `limit` counts of earlier days; returns how many. */
  purgeDailyBefore(day: number, limit: number): Promise<number>;
}
