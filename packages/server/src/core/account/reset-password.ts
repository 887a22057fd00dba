import { SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { Store } from "../store.ts";
import type { Account } from "./account.ts";

export type ResetOutcome =
  | { readonly outcome: "done"; readonly account: Account }
  | { readonly outcome: "unknown" }
  /** The account never had a password here: a service, or an account of an outside provider. */
  | { readonly outcome: "no_password" };

/**
 * Sets a password in the name of the operator of the machine. Ends the account's sessions and everything
 * else that was obtained by the old password; credentials stay. A disabled account stays disabled.
 */
export function resetPasswordOf(store: Store, username: string, passwordHash: string): Promise<ResetOutcome> {
  return store.write(async (writes) => {
    const account = await writes.accounts.findByUsername(username);
    if (!account) {
      return { outcome: "unknown" };
    }
    if (account.passwordHash === null) {
      return { outcome: "no_password" };
    }
    await writes.accounts.update(account.id, { passwordHash, epoch: account.epoch + 1 });
    await writes.sessions.removeOfAccount(account.id);
    await writes.logins.forgetAccount(account.id);
    writes.announce({ of: "account", accountId: account.id });
    writes.announce({ of: "owner", accountId: account.id });
    await writes.audit.append({
      action: "account.reset_password",
      actor: SYSTEM,
      owner: ownerOf(account),
      credentialId: null,
      details: { by: "mintmark-server admin reset-password" },
    });
    return { outcome: "done", account };
  }, "large");
}
