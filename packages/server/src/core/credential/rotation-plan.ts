import { malformed } from "../malformed.ts";
import type { Rotation } from "./credential.ts";

const DAY_MS = 86_400_000;
const TIMED_MS_MAX = 30 * DAY_MS;
const DEADLINE_MS_MAX = 366 * DAY_MS;

/** When the predecessor ends. Durations in milliseconds. */
export type OldPlan =
  | { readonly mode: "now" }
  | { readonly mode: "timed"; readonly forMs: number }
  | { readonly mode: "first_use"; readonly deadlineMs: number }
  | {
      readonly mode: "quiet";
      readonly forMs: number;
      readonly deadlineMs: number;
      readonly onDeadline: "keep" | "end";
    };

export const FIRST_USE: OldPlan = { mode: "first_use", deadlineMs: 7 * DAY_MS };
export const QUIET_DEADLINE_MS = 14 * DAY_MS;
export const AT_ONCE: OldPlan = { mode: "now" };

/** Throws `malformed_request` for a plan beyond the bounds. */
export function checkPlan(plan: OldPlan): void {
  if (plan.mode === "timed" && plan.forMs > TIMED_MS_MAX) {
    throw malformed("old.for", "a duration of at most 30d");
  }
  if ("deadlineMs" in plan && plan.deadlineMs > DEADLINE_MS_MAX) {
    throw malformed("old.deadline", "a duration of at most 366d");
  }
}

/** What both sides of a rotation that begins at `at` have in common. */
export function rotationFacts(
  plan: OldPlan,
  { group, at }: { readonly group: string; readonly at: number },
): Omit<Rotation, "role" | "otherId"> {
  return {
    group,
    mode: plan.mode,
    at,
    endsAt: plan.mode === "timed" ? at + plan.forMs : null,
    deadline: "deadlineMs" in plan ? at + plan.deadlineMs : null,
    quietMs: plan.mode === "quiet" ? plan.forMs : null,
    onDeadline: plan.mode === "quiet" ? plan.onDeadline : "keep",
    firstUsedAt: null,
    overdue: false,
  };
}
