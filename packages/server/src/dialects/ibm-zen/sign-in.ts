import type { Account } from "../../core/account/account.ts";
import type { Origin } from "../../core/caller.ts";
import { allowedFrom } from "../../core/credential/allowed-from.ts";
import { isOwnerName } from "../../core/credential/owner-name.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Secret } from "../../core/secret/secret.ts";
import type { BearerParent } from "./bearer.ts";

/**
 * Signs in by password. A key in the place of the password is never accepted. Throws `invalid_login`,
 * `too_many_attempts`.
 */
export async function signInByPassword(
  hub: Hub,
  login: { readonly username: string; readonly password: Secret },
  origin: Origin,
): Promise<BearerParent> {
  const account = await hub.sessions.checkPassword(login.username, login.password.reveal(), origin);
  return { account, credential: null };
}

/**
 * By platform key. With a user name the key must be that user's. One and the same `invalid_login` for all
 * that is wrong; the audit has the true reason.
 */
export async function signInByKey(
  hub: Hub,
  key: Secret,
  username: string | null,
  origin: Origin,
): Promise<BearerParent> {
  const verdict = allowedFrom(await hub.verdicts.verify(key), origin.address);
  const owner = await ownerOf(hub, verdict);
  const belongs =
    username === null || (verdict.credential !== null && isOwnerName(username, verdict.credential, owner));
  const reason = reasonAgainst(verdict, belongs);
  if (reason !== null || !verdict.active) {
    const named = owner || username === null ? null : await hub.accounts.findByUsername(username);
    await hub.refusals.note(
      { reason: reason ?? "unknown", credentialId: verdict.credential?.id, ownerId: named?.id },
      origin,
    );
    throw new HubError("invalid_login", { detail: `key refused: ${reason}` });
  }
  hub.uses.record(verdict.credential, origin, "zen");
  return { account: verdict.account, credential: verdict.credential };
}

function reasonAgainst(verdict: Verdict, belongs: boolean): string | null {
  if (!verdict.active && !verdict.credential) {
    return `${verdict.reason}_key`;
  }
  if (!belongs) {
    return "belongs_to_another_user";
  }
  if (verdict.credential?.kind !== "platform_key") {
    return "not_a_platform_key";
  }
  return verdict.active ? null : (verdict.ending?.reason ?? verdict.reason);
}

async function ownerOf(hub: Hub, verdict: Verdict): Promise<Account | null> {
  if (verdict.active) {
    return verdict.account;
  }
  return verdict.credential ? hub.accounts.findById(verdict.credential.ownerId) : null;
}
