import type { Account } from "../account/account.ts";
import { reportOrphans } from "../account/orphans.ts";
import { SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { freezeInside, SYSTEM_FREEZER, thawInside } from "../credential/freeze.ts";
import { isFrozen } from "../credential/state.ts";
import type { Writes } from "../store.ts";

/** Tells these freezes from others of the system. */
const REASON = "the identity provider refused the owner";
const PAGE = 200;

/**
 * Ends the sessions of an account and freezes its credentials, inside the caller's transaction. What
 * somebody froze before stays as it is.
 */
export async function suspendAccount(context: HubContext, writes: Writes, account: Account): Promise<void> {
  const now = context.clock.now();
  await writes.accounts.update(account.id, { suspendedAt: now, epoch: account.epoch + 1 });
  await writes.sessions.removeOfAccount(account.id);
  for (const credential of await activeOf(context, writes, account)) {
    if (!isFrozen(credential, now)) {
      await freezeInside(context, writes, credential, { ...SYSTEM_FREEZER, reason: REASON, until: null });
    }
  }
  writes.announce({ of: "owner", accountId: account.id });
  await audit(writes, "account.suspend", account);
  await reportOrphans(writes, await writes.services.stewardedBy(account.id));
}

/** Thaws what the suspension froze, inside the caller's transaction. */
export async function resumeAccount(context: HubContext, writes: Writes, account: Account): Promise<void> {
  await writes.accounts.update(account.id, { suspendedAt: null });
  for (const credential of await activeOf(context, writes, account)) {
    if (credential.frozen?.class === "system" && credential.frozen.reason === REASON) {
      await thawInside(context, writes, credential, SYSTEM_FREEZER);
    }
  }
  writes.announce({ of: "owner", accountId: account.id });
  await audit(writes, "account.resume", account);
}

/** Active and frozen ones. */
async function activeOf(
  context: HubContext,
  writes: Writes,
  account: Account,
): Promise<readonly Credential[]> {
  const now = context.clock.now();
  const found: Credential[] = [];
  for (const state of ["active", "frozen"] as const) {
    let after: { readonly key: string; readonly id: string } | undefined;
    for (;;) {
      const filter = { ownerId: account.id, state, limit: PAGE, after, now };
      const page = await writes.credentials.list(filter);
      found.push(...page);
      const last = page[page.length - 1];
      after = last && { key: last.id, id: last.id };
      if (page.length < PAGE) {
        break;
      }
    }
  }
  return found;
}

async function audit(
  writes: Writes,
  action: "account.suspend" | "account.resume",
  account: Account,
): Promise<void> {
  const owner = ownerOf(account);
  await writes.audit.append({ action, actor: SYSTEM, owner, credentialId: null, details: {} });
}
