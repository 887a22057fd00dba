import type { Credential } from "../../core/credential/credential.ts";
import { type CredentialPlace, placeOf } from "../../core/credential/order.ts";
import { isExpiry } from "../../core/credential/state.ts";
import type { Hub } from "../../core/hub.ts";

const DAY_MS = 86_400_000;
/** Quay collects expired tokens after a day; until then they stay in the plain list. */
const EXPIRED_SHOWN_MS = DAY_MS;
/** The lifetime that the window is measured by where tokens have none of their own (Quay: 4 weeks). */
const ASSUMED_LIFETIME_MS = 28 * DAY_MS;
const PAGE = 200;
/**
 * The API has no pages, so the list has an end: far beyond what a person can own, and near enough to answer.
 */
const LISTED_MAX = 10_000;

/**
 * App tokens, newest first: active ones and those that expired within a day, or only those about to expire.
 */
export async function listAppTokens(
  hub: Hub,
  { ownerId, expiring }: { readonly ownerId: string | undefined; readonly expiring: boolean },
): Promise<readonly Credential[]> {
  const isWanted = expiring ? isExpiring(hub) : (one: Credential) => isListed(hub, one);
  const found: Credential[] = [];
  let after: CredentialPlace | undefined;
  for (;;) {
    const page = await hub.credentials.list({ kind: "app_token", ownerId, after, limit: PAGE });
    found.push(...page.filter(isWanted));
    const last = page[page.length - 1];
    after = last && placeOf(last, "created");
    if (page.length < PAGE || found.length >= LISTED_MAX) {
      return found.slice(0, LISTED_MAX);
    }
  }
}

/** True for what its owner sees: active ones, and those that expired within the last day unless dismissed. */
export function isListed(hub: Hub, credential: Credential): boolean {
  const end = hub.credentials.endOf(credential);
  const since = hub.now() - EXPIRED_SHOWN_MS;
  return end === null || (isExpiry(end) && end.at > since && credential.dismissedAt === null);
}

/** `now < expiration ≤ now + window`; the window is a tenth of the configured lifetime, in whole seconds. */
function isExpiring(hub: Hub): (credential: Credential) => boolean {
  const now = hub.now();
  const lifetimeMs = hub.policy.appTokenExpirationMs ?? ASSUMED_LIFETIME_MS;
  const windowMs = Math.max(1, Math.ceil((lifetimeMs / 1000) * 0.1)) * 1000;
  return (credential) =>
    hub.credentials.endOf(credential) === null &&
    credential.expiresAt !== null &&
    credential.expiresAt > now &&
    credential.expiresAt <= now + windowMs;
}
