export interface CredentialUse {
  readonly at: number;
  readonly address: string | null;
  readonly agent: string | null;
}

/** What of a credential decides how soon a use of it must be written. */
export interface UsedCredential {
  readonly id: string;
  readonly createdAt: number;
  readonly lastUse: CredentialUse | null;
  readonly idleMs: number | null;
  readonly idleFrom: number | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    readonly quietMs: number | null;
  } | null;
}

export interface DailyUse {
  readonly credentialId: string;
  /** Days since the epoch, UTC. */
  readonly day: number;
  readonly count: number;
}

/** The part of the hub at which a credential was used. */
export type Door = "galaxy" | "realm" | "registry" | "zen" | "gateway" | "introspection" | "api";

/**
 * A place from which a credential is used: for the same address, program and part of the hub there is one.
 */
export interface UseSource {
  readonly address: string | null;
  readonly agent: string | null;
  readonly door: Door;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly uses: number;
}

export interface Sources {
  readonly sources: readonly UseSource[];
  /** How many gave way. */
  readonly more: number;
}

/** The most sources that are kept of one credential; then the least recently used gives way. */
export const SOURCES_MAX = 50;

export interface UsageReads {
  /** The sources that are kept, the last used first, and how many gave way. */
  sources(credentialId: string): Promise<Sources>;
  daily(credentialId: string, sinceDay: number): Promise<readonly DailyUse[]>;
  /** The same for a page of credentials. */
  dailyOf(credentialIds: readonly string[], sinceDay: number): Promise<readonly DailyUse[]>;
}

export interface UsageWrites extends UsageReads {
  /** Adds to the counts of their days. */
  addDaily(uses: readonly DailyUse[]): Promise<void>;
  /** Adds to the sources of each credential and keeps to the limit. Ids are sorted. */
  addSources(uses: readonly (UseSource & { readonly credentialId: string })[]): Promise<void>;
  /** Removes at most `limit` counts of earlier days; returns how many. */
  purgeDailyBefore(day: number, limit: number): Promise<number>;
}
