import { ADDRESS_KEPT_MS, FAILURES_KEPT_MS } from "../account/login-tally.ts";
import { SPAN_MS } from "../activity/ports.ts";
import type { HubContext } from "../context.ts";
import type { Job } from "../jobs/job.ts";

const DAY_MS = 86_400_000;
/** How long an ended credential stays as a tombstone, so that its holder can be told what happened. */
const TOMBSTONE_MS = 30 * DAY_MS;
const DAILY_USE_KEPT_DAYS = 90;
const ACTIVITY_KEPT_HOURS = 48;
/** Rows of one table that one transaction removes. */
const BATCH = 1_000;

/**
 * Removes what has passed its retention: tombstones of credentials, sessions, codes, daily counts, warnings,
 * imports.
 */
export function purgeJob(context: Pick<HubContext, "store" | "clock">): Job {
  return {
    name: "purge-old-records",
    everyMs: 60_000,
    run: async () => {
      const now = context.clock.now();
      const oldestDay = Math.floor(now / DAY_MS) - DAILY_USE_KEPT_DAYS;
      return context.store.write(async (writes) => {
        const removed = [
          await writes.credentials.purgeEndedBefore(now - TOMBSTONE_MS, BATCH),
          await writes.sessions.removeExpired(now, BATCH),
          await writes.usage.purgeDailyBefore(oldestDay, BATCH),
          await writes.activity.purgeBefore(
            "hour",
            Math.floor(now / SPAN_MS.hour) - ACTIVITY_KEPT_HOURS,
            BATCH,
          ),
          await writes.activity.purgeBefore("day", oldestDay, BATCH),
          await writes.warnings.purgeBefore(now - TOMBSTONE_MS, BATCH),
        ];
        await writes.clients.removeExpiredCodes(now);
        await writes.logins.purge({
          failures: now - FAILURES_KEPT_MS,
          addresses: now - ADDRESS_KEPT_MS,
        });
        await writes.collections.purgeImportsBefore(now - TOMBSTONE_MS);
        const done = removed.reduce((sum, count) => sum + count, 0);
        return { done, next: removed.includes(BATCH) ? "more" : null };
      }, "apart");
    },
  };
}
