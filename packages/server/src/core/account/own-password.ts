import { actorOf, type Caller, hashTurnOf, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { endEvery } from "../credential/end-every.ts";
import { auditEnds } from "../credential/revoke.ts";
import { HubError } from "../errors.ts";
import { requireSameAccount, requireStanding } from "../standing.ts";
import type { Account } from "./account.ts";
import { hashPassword } from "./password.ts";
import type { Session } from "./session.ts";

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
  /** Also ends all credentials, for owners who fear that the old password was known. */
  readonly revokeCredentials: boolean;
}

/**
 * Sets a password after its owner has proven the current one (`account` as it was then). All other sessions
 * end, and so does everything that was obtained by the old password; `kept` stays. Throws `invalid_login`
 * when the password was changed meanwhile.
 */
export async function setOwnPassword(
  context: HubContext,
  account: Account,
  kept: Session,
  change: Pick<PasswordChange, "newPassword" | "revokeCredentials">,
  caller: Caller,
): Promise<void> {
  const passwordHash = await hashPassword(context.passwords, change.newPassword, hashTurnOf(caller.origin));
  const actor = actorOf(caller);
  await context.store.write(
    async (writes) => {
      await requireStanding(context, writes, caller);
      const present = await requireSameAccount(writes, account);
      if (present.passwordHash !== account.passwordHash) {
        throw new HubError("invalid_login", { field: "currentPassword" });
      }
      await writes.accounts.update(account.id, { passwordHash, epoch: present.epoch + 1 });
      // Somebody who knew the old password may have signed in from addresses that count as known.
      await writes.logins.forgetAccount(account.id);
      const sessionsEnded = await writes.sessions.removeOthers(account.id, kept.id);
      const end = { at: context.clock.now(), reason: "password_reset", note: null } as const;
      const ended = change.revokeCredentials ? await endEvery(writes, { ownerId: account.id }, end) : [];
      await writes.audit.append({
        action: "account.change_password",
        actor,
        owner: ownerOf(account),
        credentialId: null,
        details: { sessionsEnded, credentialsEnded: ended.length },
      });
      await auditEnds(writes, ended, { reason: "password_reset", actor }, account);
      writes.announce({ of: "account", accountId: account.id });
      writes.announce({ of: "owner", accountId: account.id });
    },
    change.revokeCredentials ? "large" : "small",
  );
}
