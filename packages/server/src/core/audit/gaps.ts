import type { ChainHead } from "./events.ts";
import type { AuditReads } from "./ports.ts";

/**
 * Events that a restore from a backup has lost: the chain is intact, and shorter than it was. Times are epoch
 * milliseconds.
 */
export interface AuditGap {
  /** The last event before the gap. */
  readonly after: number;
  readonly backupAt: number;
  readonly restoredAt: number;
  /** The last lost event as far as the ends log tells; null if unknown. */
  readonly lostUpTo: number | null;
}

const GAPS_MAX = 100;

/** The restores of this hub, newest first. */
export async function findGaps(audit: AuditReads): Promise<readonly AuditGap[]> {
  const events = await audit.list({ action: "restore.apply", limit: GAPS_MAX });
  return events.map(({ at, details }) => {
    const backup = details["backup"] as ChainHead & { readonly at: number };
    const log = details["log"] as ChainHead | null;
    return { after: backup.seq, backupAt: backup.at, restoredAt: at, lostUpTo: log?.seq ?? null };
  });
}
