import type { Account } from "../account/account.ts";
import type { Reads } from "../store.ts";

/**
 * Who gets mail about the credentials of an account: its owner, if the owner has an address, else all enabled
 * administrators that have one. Empty if nobody can be reached.
 */
export async function recipientsOf(
  reads: Pick<Reads, "accounts">,
  ownerId: string,
): Promise<readonly Account[]> {
  const owner = await reads.accounts.findById(ownerId);
  return owner && canBeMailed(owner) ? [owner] : (await reads.accounts.administrators()).filter(canBeMailed);
}

export function canBeMailed(account: Account): account is Account & { readonly email: string } {
  return !account.disabled && account.email !== null && account.email.includes("@");
}
