import type { Ending } from "../errors.ts";
import type { Credential, CredentialEnd, Rotation } from "./credential.ts";

/** The states of a credential. An end is final: nothing leads out of `expired` and `revoked`. */
export type CredentialState = "active" | "frozen" | "expired" | "revoked";

/** The state at `now`. `lastUsedAt` is the latest use known, stored or not. */
export function stateOf(credential: Credential, lastUsedAt: number | null, now: number): CredentialState {
  const end = endOf(credential, lastUsedAt, now);
  if (end) {
    return isExpiry(end) ? "expired" : "revoked";
  }
  return isFrozen(credential, now) ? "frozen" : "active";
}

export function isExpiry({ reason }: CredentialEnd): boolean {
  return reason === "expired" || reason === "inactive";
}

/** True until it thaws, by a request or by its time. */
export function isFrozen({ frozen }: Credential, now: number): boolean {
  return frozen !== null && (frozen.until === null || frozen.until > now);
}

/** The ending that a caller with a frozen secret is told, or null if it is not frozen. */
export function frozenEnding(credential: Credential, now: number): (Ending & { reason: "frozen" }) | null {
  const { frozen } = credential;
  return frozen && isFrozen(credential, now)
    ? { reason: "frozen", at: frozen.at, note: frozen.reason }
    : null;
}

/**
 * The moment at which a credential expires unless it is used, or null. `lastUsedAt` is the latest known use,
 * stored or not. The idle time stands still while the system has frozen the credential, for instance because
 * its owner is suspended.
 */
export function idleDeadline(credential: Credential, lastUsedAt: number | null): number | null {
  const { idleMs, createdAt, idleFrom, frozen } = credential;
  if (idleMs === null || frozen?.class === "system") {
    return null;
  }
  return Math.max(createdAt, lastUsedAt ?? 0, idleFrom ?? 0) + idleMs;
}

/**
 * The end of a credential as of `now`: stored, or passed by the clock; null while it is active. A deadline is
 * the first moment after the life. If several have passed, the earliest counts.
 */
export function endOf(credential: Credential, lastUsedAt: number | null, now: number): CredentialEnd | null {
  if (credential.end) {
    return credential.end;
  }
  let end: CredentialEnd | null = null;
  const { expiresAt, rotation } = credential;
  if (expiresAt !== null && expiresAt <= now) {
    end = { at: expiresAt, reason: "expired", note: null };
  }
  const deadline = idleDeadline(credential, lastUsedAt);
  if (deadline !== null && deadline <= (end?.at ?? now)) {
    end = { at: deadline, reason: "inactive", note: null };
  }
  if (rotation !== null) {
    const rotated = endByRotation(rotation, lastUsedAt);
    if (rotated && rotated.at <= (end?.at ?? now)) {
      end = rotated;
    }
  }
  return end;
}

/** The note of a successor that was not used before the deadline. */
const NEVER_PICKED_UP = "never picked up";

/**
 * The end that a rotation has planned, whether it has come or not; null if it depends on what still may
 * happen.
 */
function endByRotation(rotation: Rotation, lastUsedAt: number | null): CredentialEnd | null {
  const certain = rotationEndsAt(rotation);
  const quiet = quietAt(rotation, lastUsedAt);
  const at = Math.min(certain ?? Number.POSITIVE_INFINITY, quiet ?? Number.POSITIVE_INFINITY);
  if (at === Number.POSITIVE_INFINITY) {
    return null;
  }
  return { at, reason: "rotated", note: rotation.role === "successor" ? NEVER_PICKED_UP : null };
}

/** The moment at which the clock alone ends this side of the rotation, or null. */
export function rotationEndsAt(rotation: Rotation): number | null {
  if (rotation.role === "successor") {
    return rotation.firstUsedAt === null ? rotation.deadline : null;
  }
  if (rotation.mode === "timed") {
    return rotation.endsAt;
  }
  const endsInUse = rotation.mode === "quiet" && rotation.onDeadline === "end";
  return endsInUse && rotation.firstUsedAt !== null ? rotation.deadline : null;
}

/**
 * The moment at which an unused predecessor in mode `quiet` ends; null for all others, and until the
 * successor is in use.
 */
function quietAt(rotation: Rotation, lastUsedAt: number | null): number | null {
  const { role, mode, firstUsedAt, quietMs } = rotation;
  if (role !== "predecessor" || mode !== "quiet" || firstUsedAt === null || quietMs === null) {
    return null;
  }
  return Math.max(firstUsedAt, lastUsedAt ?? 0) + quietMs;
}

/**
 * The moment at which a job must look at a predecessor's rotation, beyond what the clock alone ends; null if
 * never.
 */
export function rotationCheckAt(rotation: Rotation, lastUsedAt: number | null): number | null {
  const quiet = quietAt(rotation, lastUsedAt);
  const isOverdue = rotation.onDeadline === "keep" && !rotation.overdue ? rotation.deadline : null;
  return quiet === null ? null : Math.min(quiet, isOverdue ?? quiet);
}

/** True for a new generation that has not been used for real work yet. */
export function isUnusedSuccessor({ rotation }: Credential): boolean {
  return rotation !== null && rotation.role === "successor" && rotation.firstUsedAt === null;
}

/** True if a use may move the end, so that a cached copy of the record cannot decide it. */
export function dependsOnOthers(credential: Credential, end: CredentialEnd): boolean {
  if (credential.end) {
    return false;
  }
  // A successor outlives its deadline if the predecessor has ended meanwhile; a quiet predecessor if another
  // node saw it used.
  return end.reason === "inactive" || (end.reason === "rotated" && credential.rotation?.mode !== "timed");
}
