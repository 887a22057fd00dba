import type { HubContext } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import { DELIVERIES_KEPT } from "./webhooks.ts";

/**
 * Removes finished deliveries beyond the newest hundred of each webhook. Those that still wait are kept,
 * however many.
 */
export function purgeDeliveriesJob(context: HubContext): Job {
  return {
    name: "purge-deliveries",
    everyMs: 60_000,
    run: async () => {
      let done = 0;
      for (const { id } of await context.store.read.webhooks.list()) {
        done += await context.store.write(
          (writes) => writes.webhooks.purgeDeliveries(id, DELIVERIES_KEPT),
          "large",
        );
      }
      return { done, next: null };
    },
  };
}
