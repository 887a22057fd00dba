import type { HubContext } from "../context.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import type { CredentialReads } from "./ports.ts";
import { endOf } from "./state.ts";

/** The latest use known to this node, stored or still in memory. */
export function lastUsedAt(context: HubContext, credential: Credential): number | null {
  const pending = context.usage.pendingUse(credential.id)?.at ?? 0;
  const latest = Math.max(pending, credential.lastUse?.at ?? 0);
  return latest === 0 ? null : latest;
}

/**
 * The end as far as this node knows. The last use matters only to an idle life and to a rotation in mode
 * `quiet`.
 */
export function endNow(context: HubContext, credential: Credential): CredentialEnd | null {
  const needsUse = credential.idleMs !== null || credential.rotation?.mode === "quiet";
  return endOf(credential, needsUse ? lastUsedAt(context, credential) : null, context.clock.now());
}

/**
 * The end by the stored record, for a cached copy whose end depends on other rows: another node may have
 * recorded a use, and a successor whose predecessor has ended outlives its deadline.
 */
export async function endFromStore(
  context: HubContext,
  copy: Credential,
  passed: CredentialEnd,
): Promise<{ readonly credential: Credential; readonly end: CredentialEnd | null }> {
  context.index.forget(copy.id);
  const { credentials } = context.store.read;
  const credential = await credentials.findById(copy.id);
  return credential
    ? { credential, end: await presentEnd(context, credentials, credential) }
    : { credential: copy, end: passed };
}

/**
 * The end by the record and the clock, as final as the transaction or the moment in which `credentials` is
 * read.
 */
export async function presentEnd(
  context: HubContext,
  credentials: CredentialReads,
  credential: Credential,
): Promise<CredentialEnd | null> {
  const end = endNow(context, credential);
  if (!end || credential.end || end.reason !== "rotated" || credential.rotation?.role !== "successor") {
    return end;
  }
  const predecessor = await credentials.findById(credential.rotation.otherId);
  const earlier = predecessor && endNow(context, predecessor);
  // It outlives the deadline only if the predecessor had ended before that.
  return predecessor && !(earlier && earlier.at < end.at) ? end : null;
}
