import type { Kind } from "../credential/kinds.ts";

/** How many credentials of one kind are in which situation. All but `frozen` count active ones. */
export interface KindSummary {
  readonly kind: Kind;
  readonly active: number;
  readonly frozen: number;
  readonly usedLastDay: number;
  readonly neverUsed: number;
  /** Not used for 90 days; one that was never used counts from its creation. */
  readonly unused90Days: number;
  readonly expiring7Days: number;
  readonly expiring30Days: number;
}

export interface MostUsed {
  readonly credentialId: string;
  readonly uses: number;
}

export interface StatisticsReads {
  /** Of one owner, or of all. Walks their credentials. */
  summarize(ownerId: string | undefined, now: number): Promise<readonly KindSummary[]>;
  /** The credentials with the most uses since that day (UTC, days since the epoch), most first. */
  mostUsed(sinceDay: number, limit: number): Promise<readonly MostUsed[]>;
}
