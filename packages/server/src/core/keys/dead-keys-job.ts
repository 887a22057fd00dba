import type { Job } from "../jobs/job.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Removes retired signing keys whose tokens have all expired. */
export function deadKeysJob(keys: SigningKeys): Job {
  return {
    name: "remove-dead-keys",
    everyMs: 60_000,
    run: async () => ({ done: await keys.removeDead(), next: null }),
  };
}
