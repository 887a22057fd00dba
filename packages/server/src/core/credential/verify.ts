import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import type { HubContext } from "../context.ts";
import { type Ending, HubError } from "../errors.ts";
import { markOf } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { type Credential, endOf, idleDeadline } from "./credential.ts";
import { kindOfMark } from "./kinds.ts";

/**
 * The answer to "is it good?". `authority` is what it may do. The reason of a "no" is for the audit and for whoever has shown the
 * true secret: `ending` is set only where the presented text was a secret of ours.
 */
export type Verdict =
  | {
      readonly active: true;
      readonly credential: Credential;
      readonly account: Account;
      readonly authority: Authority;
    }
  | {
      readonly active: false;
      readonly reason: InactiveReason;
      readonly ending: Ending | null;
      readonly credential: Credential | null;
    };

export type InactiveReason = "malformed" | "unknown" | "ended" | "owner_inactive";

const MALFORMED: Verdict = { active: false, reason: "malformed", ending: null, credential: null };
const UNKNOWN: Verdict = { active: false, reason: "unknown", ending: null, credential: null };

/** Is this secret good now? Never throws for "no"; throws `store_unavailable` when it cannot be known. */
export async function verifySecret(context: HubContext, secret: Secret): Promise<Verdict> {
  const mark = markOf(secret.reveal());
  const kind = mark === null ? null : kindOfMark(mark);
  if (kind === null) {
    return MALFORMED;
  }
  for (const digest of context.keyring.digests(secret)) {
    const credential = await context.index.credential(digest);
    if (credential) {
      return credential.kind === kind ? judge(context, credential) : MALFORMED;
    }
  }
  return UNKNOWN;
}

/** Is the credential of that id good now? For bearers that were derived from it. */
export async function verifyById(context: HubContext, id: string): Promise<Verdict> {
  const credential = await context.index.credentialById(id);
  return credential ? judge(context, credential) : UNKNOWN;
}

async function judge(context: HubContext, credential: Credential): Promise<Verdict> {
  const now = context.clock.now();
  let end = endOf(credential, lastUsedAt(context, credential), now);
  if (end?.reason === "inactive" && !credential.end) {
    // The copy at hand may not know of a use that was written meanwhile, here or by another node.
    const stored = await context.store.read.credentials.findById(credential.id);
    end = stored ? endOf(stored, lastUsedAt(context, stored), now) : end;
  }
  if (end) {
    return { active: false, reason: "ended", ending: { reason: end.reason, at: end.at }, credential };
  }
  const account = await context.index.account(credential.ownerId);
  if (!account || account.disabled) {
    return {
      active: false,
      reason: "owner_inactive",
      ending: { reason: "owner_disabled", at: now },
      credential,
    };
  }
  const authority = new Authority([
    accountScopes(account, await context.index.everyone()),
    credential.scopes,
  ]);
  return { active: true, credential, account, authority };
}

/** The latest use known to this node, stored or still in memory. */
export function lastUsedAt(context: HubContext, credential: Credential): number | null {
  const pending = context.usage.pendingUse(credential.id)?.at ?? 0;
  const latest = Math.max(pending, credential.lastUse?.at ?? 0);
  return latest === 0 ? null : latest;
}

/** Milliseconds until it dies of neglect if it is used no more, or null where it does not. */
export function idleMsLeft(context: HubContext, credential: Credential): number | null {
  const deadline = idleDeadline(credential, lastUsedAt(context, credential));
  return deadline === null ? null : Math.max(0, deadline - context.clock.now());
}

/** The verdict as an exception, for doors that only let the living in. */
export function refuseInactive(verdict: Extract<Verdict, { active: false }>): HubError {
  return new HubError("credential_inactive", {
    detail: verdict.credential ? `${verdict.reason}: credential ${verdict.credential.id}` : verdict.reason,
    ...(verdict.credential ? { credentialId: verdict.credential.id } : {}),
    ...(verdict.ending ? { ending: verdict.ending } : {}),
  });
}
