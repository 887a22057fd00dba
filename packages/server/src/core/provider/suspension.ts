import type { Account } from "../account/account.ts";
import { reportOrphans } from "../account/orphans.ts";
import { SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { freezeInside, SYSTEM_FREEZER, thawInside } from "../credential/freeze.ts";
import type { Writes } from "../store.ts";
import { nextTurn } from "../turn.ts";

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
  await forEach(context, writes, { account, state: "active" }, (credential) =>
    freezeInside(context, writes, credential, { ...SYSTEM_FREEZER, reason: REASON, until: null }),
  );
  writes.announce({ of: "owner", accountId: account.id });
  await audit(writes, "account.suspend", account);
  await reportOrphans(writes, await writes.services.stewardedBy(account.id));
}

/** Thaws what the suspension froze, inside the caller's transaction. */
export async function resumeAccount(context: HubContext, writes: Writes, account: Account): Promise<void> {
  await writes.accounts.update(account.id, { suspendedAt: null });
  await forEach(context, writes, { account, state: "frozen" }, async (credential) => {
    if (credential.frozen?.class === "system" && credential.frozen.reason === REASON) {
      await thawInside(context, writes, credential, SYSTEM_FREEZER);
    }
  });
  writes.announce({ of: "owner", accountId: account.id });
  await audit(writes, "account.resume", account);
}

/** Walks the credentials of an account page by page, so that a large account does not fill the memory. */
async function forEach(
  context: HubContext,
  writes: Writes,
  { account, state }: { readonly account: Account; readonly state: "active" | "frozen" },
  each: (credential: Credential) => Promise<unknown>,
): Promise<void> {
  const now = context.clock.now();
  let after: { readonly key: string; readonly id: string } | undefined;
  for (;;) {
    const filter = { ownerId: account.id, state, limit: PAGE, after, now };
    const page = await writes.credentials.list(filter);
    for (const credential of page) {
      await each(credential);
    }
    const last = page[page.length - 1];
    if (!last || page.length < PAGE) {
      return;
    }
    after = { key: last.id, id: last.id };
    await nextTurn();
  }
}

async function audit(
  writes: Writes,
  action: "account.suspend" | "account.resume",
  account: Account,
): Promise<void> {
  const owner = ownerOf(account);
  await writes.audit.append({ action, actor: SYSTEM, owner, credentialId: null, details: {} });
}
