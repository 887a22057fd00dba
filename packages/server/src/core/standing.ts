import type { Account } from "./account/account.ts";
import { formatScope } from "./authority/scope.ts";
import type { Caller } from "./caller.ts";
import { builtInClient } from "./client/find-client.ts";
import type { HubContext } from "./context.ts";
import type { Credential } from "./credential/credential.ts";
import { presentEnd } from "./credential/present-end.ts";
import { frozenEnding } from "./credential/state.ts";
import { HubError } from "./errors.ts";
import type { Foreseen, Reads } from "./store.ts";

/**
 * Checks again, inside the transaction that acts, whether the caller is still what it was when it was
 * identified. A password hash, an upload or a queue of writes lies between the two; a caller that has ended
 * meanwhile must not create anything. Every verb that creates or redeems something for an account calls this
 * with the transaction's own reads.
 *
 * Throws `credential_inactive` if the presented credential has ended, `invalid_client` if the client was
 * removed, `forbidden` if the account has another role, and `unauthenticated` if the session or everything of
 * the account was ended.
 */
export async function requireStanding(context: HubContext, reads: Reads, caller: Caller): Promise<void> {
  await requireProofStands(context, reads, caller);
  if (caller.account) {
    const present = await requireSameAccount(reads, caller.account);
    if (present.role !== caller.account.role) {
      throw new HubError("forbidden", { detail: "the caller's role changed during the request" });
    }
  }
}

/** The rows that `requireStanding` reads for this caller, and the accounts that the job reads as well. */
export function foreseenOf({ account, proof }: Caller, ...accounts: readonly string[]): Foreseen {
  return {
    accounts: account ? [account.id, ...accounts] : accounts,
    ...(proof.by === "session" ? { sessions: [proof.session.id] } : {}),
    ...(proof.by === "credential" ? { credentials: [proof.credential.id] } : {}),
  };
}

/**
 * The account as it is now. Throws `unauthenticated` if it was deleted or disabled since `known` was read, or
 * if everything of it was ended. The epoch alone does not tell: an account that was disabled before `known`
 * was read has the same one.
 */
export async function requireSameAccount(reads: Reads, known: Account): Promise<Account> {
  const present = await reads.accounts.findById(known.id);
  if (!present || present.disabled || present.epoch !== known.epoch) {
    throw new HubError("unauthenticated", { detail: "the account ended during the request" });
  }
  return present;
}

/**
 * Throws `invalid_client` if the client was removed; one registered again under the same id is another
 * client.
 */
export async function requireClientStands(
  reads: Reads,
  client: { readonly id: string; readonly createdAt: number },
): Promise<void> {
  const present = builtInClient(client.id) ?? (await reads.clients.find(client.id));
  if (present?.createdAt !== client.createdAt) {
    throw new HubError("invalid_client", { detail: "the client was removed during the request" });
  }
}

async function requireProofStands(context: HubContext, reads: Reads, { proof }: Caller): Promise<void> {
  switch (proof.by) {
    case "credential":
      return requireCredentialStands(context, reads, proof.credential);
    case "session": {
      const session = await reads.sessions.findById(proof.session.id);
      if (!session || session.expiresAt <= context.clock.now()) {
        throw new HubError("unauthenticated", { detail: "the session ended during the request" });
      }
      return;
    }
    case "client":
      return requireClientStands(reads, { id: proof.clientId, createdAt: proof.registeredAt });
    case "bearer":
    case "password":
    case "nothing":
      // The first two stand for the account, whose epoch grows with each change of its password.
      return;
  }
}

async function requireCredentialStands(context: HubContext, reads: Reads, shown: Credential): Promise<void> {
  const { id } = shown;
  const present = await reads.credentials.findById(id);
  const end =
    present &&
    ((await presentEnd(context, reads.credentials, present)) ?? frozenEnding(present, context.clock.now()));
  if (!present || end) {
    throw new HubError("credential_inactive", {
      detail: `credential ${id} ended during the request`,
      credentialId: id,
      ...(end ? { ending: { reason: end.reason, at: end.at } } : {}),
    });
  }
  if (present.scopes.map(formatScope).join(" ") !== shown.scopes.map(formatScope).join(" ")) {
    throw new HubError("forbidden", { detail: `credential ${id} was narrowed during the request` });
  }
}
