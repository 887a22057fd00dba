import type { Account } from "../account/account.ts";
import type { Reads } from "../store.ts";

/**
 * The recipients of mail about an account's credentials: its owner, if the owner has an address, else all
 * enabled administrators that have one. Empty if nobody has an address.
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
