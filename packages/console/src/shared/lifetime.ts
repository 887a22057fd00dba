import type { Credential } from "@mintmark/sdk";

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;

/** When it expires: the nearer of its expiry date and its idle deadline, or null. */
export function endOf(credential: Credential): string | null {
  const ends = [credential.expiresAt, credential.idleExpiresAt].filter((end) => end !== null);
  return ends.sort().at(0) ?? null;
}

/**
 * True in the last week of its life, if that is also the last quarter: a token of ten minutes is not always
 * about to end.
 */
export function endsSoon(credential: Credential, now: number): boolean {
  const end = endOf(credential);
  return (
    credential.state === "active" &&
    end !== null &&
    Date.parse(end) - now < SOON_MS &&
    shareLeft(credential, now) < 0.25
  );
}

/** The share of its life that is left, from 1 down to 0. */
export function shareLeft(credential: Credential, now: number): number {
  const end = endOf(credential);
  if (end === null) {
    return 1;
  }
  const isIdle = end === credential.idleExpiresAt;
  const start = Date.parse((isIdle ? credential.lastUsedAt : null) ?? credential.createdAt);
  const whole = Date.parse(end) - start;
  return whole <= 0 ? 0 : Math.max(0, Math.min(1, (Date.parse(end) - now) / whole));
}
