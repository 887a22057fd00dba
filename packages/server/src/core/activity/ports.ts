/** The two lengths of time that the hub counts by. Both begin at the epoch, in UTC. */
export type ActivitySpan = "hour" | "day";

export const SPAN_MS: Readonly<Record<ActivitySpan, number>> = { hour: 3_600_000, day: 86_400_000 };

/** How often something happened in one hour or day. */
export interface ActivityCount {
  readonly span: ActivitySpan;
  /** Hours or days since the epoch, UTC. */
  readonly number: number;
  /** `accepted`, `refused:<reason>`, `sign_in` or `sign_in_refused`. */
  readonly name: string;
  readonly count: number;
}

export interface ActivityReads {
  /** The counts of one span, beginning with the hour or day `from`, oldest first. */
  since(span: ActivitySpan, from: number): Promise<readonly ActivityCount[]>;
}

export interface ActivityWrites extends ActivityReads {
  /** Adds to the counts of their hours and days. */
  add(counts: readonly ActivityCount[]): Promise<void>;
  /** Removes at most `limit` counts of hours or days before `number`; returns how many. */
  purgeBefore(span: ActivitySpan, number: number, limit: number): Promise<number>;
}
