import type { Credential } from "@mintmark/sdk";

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;
const SHORT_LIFE_MS = 2 * DAY_MS;
const LAST_SHARE = 0.25;

/** When it expires: the nearer of its expiry date and its idle deadline, or null. */
export function endOf(credential: Credential): string | null {
  const ends = [credential.expiresAt, credential.idleExpiresAt].filter((end) => end !== null);
  return ends.sort().at(0) ?? null;
}

/**
 * True in the week before a fixed end, and before an idle one in the last quarter of the idle time. A token
 * of an hour is not always about to expire, so a life of less than two days counts by its last quarter too.
 */
export function endsSoon(credential: Credential, now: number): boolean {
  const end = endOf(credential);
  if (credential.state !== "active" || end === null || Date.parse(end) - now >= SOON_MS) {
    return false;
  }
  const isIdle = end === credential.idleExpiresAt;
  const start = Date.parse((isIdle ? credential.lastUsedAt : null) ?? credential.createdAt);
  const life = Date.parse(end) - start;
  return (!isIdle && life >= SHORT_LIFE_MS) || Date.parse(end) - now < life * LAST_SHARE;
}
