import type { Credential } from "../credential/credential.ts";
import { idleDeadline } from "../credential/state.ts";

/** Which end a warning is about: the fixed one, or the one by disuse. */
export type WarningCause = (typeof WARNING_CAUSES)[number];
export const WARNING_CAUSES = ["expiring", "idle"] as const;

/** The last warning that was given of a credential and cause. */
export interface GivenWarning {
  readonly deadline: number;
  /** How long before the deadline its threshold lies. */
  readonly beforeMs: number;
}

/** A point before a deadline at which a warning is due. */
export interface Threshold {
  /** As the operator wrote it. */
  readonly text: string;
  readonly beforeMs: number;
}

export interface DueWarning extends GivenWarning {
  readonly cause: WarningCause;
  readonly threshold: string;
}

export interface WarningPolicy {
  readonly warnBefore: readonly { readonly text: string; readonly ms: number }[];
  readonly warnIdle: readonly { readonly text: string; readonly share: number }[];
}

/**
 * The end that a cause is about, and how long the whole way to it is; null if the credential does not end
 * like this.
 */
function endBy(
  cause: WarningCause,
  credential: Credential,
  usedAt: number | null,
): { readonly deadline: number; readonly lifeMs: number } | null {
  if (cause === "expiring") {
    const { expiresAt, createdAt } = credential;
    return expiresAt === null ? null : { deadline: expiresAt, lifeMs: expiresAt - createdAt };
  }
  const deadline = idleDeadline(credential, usedAt);
  return deadline === null || credential.idleMs === null ? null : { deadline, lifeMs: credential.idleMs };
}

function thresholdsOf(cause: WarningCause, policy: WarningPolicy, lifeMs: number): readonly Threshold[] {
  return cause === "expiring"
    ? policy.warnBefore.map(({ text, ms }) => ({ text, beforeMs: ms }))
    : policy.warnIdle.map(({ text, share }) => ({ text, beforeMs: Math.round(lifeMs * (1 - share)) }));
}

/**
 * The warning that is due now, or null. Of several thresholds that have passed the last counts. Thresholds as
 * long as the whole life are skipped. `given` is the last warning of the same cause: it counts for its own
 * deadline alone, so a deadline that moved begins anew.
 */
export function warningDue(
  cause: WarningCause,
  credential: Credential,
  context: {
    readonly usedAt: number | null;
    readonly given: GivenWarning | null;
    readonly now: number;
    readonly policy: WarningPolicy;
  },
): DueWarning | null {
  const end = endBy(cause, credential, context.usedAt);
  if (!end || credential.end || end.deadline <= context.now) {
    return null;
  }
  const passed = thresholdsOf(cause, context.policy, end.lifeMs)
    .filter(({ beforeMs }) => beforeMs < end.lifeMs && end.deadline - beforeMs <= context.now)
    .sort((a, b) => a.beforeMs - b.beforeMs)[0];
  const { given } = context;
  const isGiven = passed && given?.deadline === end.deadline && given.beforeMs <= passed.beforeMs;
  return passed && !isGiven
    ? { cause, deadline: end.deadline, beforeMs: passed.beforeMs, threshold: passed.text }
    : null;
}
