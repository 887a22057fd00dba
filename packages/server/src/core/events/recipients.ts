import type { Account } from "../account/account.ts";
import type { Reads } from "../store.ts";

/**
 * The recipients of mail about an account's credentials: its owner, or the stewards if the owner is a
 * service. If none of them has an address, all enabled administrators that have one. Empty if nobody has.
 */
export async function recipientsOf(
  reads: Pick<Reads, "accounts" | "services">,
  ownerId: string,
): Promise<readonly Account[]> {
  const owner = await reads.accounts.findById(ownerId);
  const responsible = owner?.type === "service" ? await stewardsOf(reads, ownerId) : owner ? [owner] : [];
  const reached = responsible.filter(canBeMailed);
  return reached.length > 0 ? reached : (await reads.accounts.administrators()).filter(canBeMailed);
}

async function stewardsOf(
  reads: Pick<Reads, "accounts" | "services">,
  serviceId: string,
): Promise<readonly Account[]> {
  const found: Account[] = [];
  for (const { accountId } of await reads.services.stewards(serviceId)) {
    const account = await reads.accounts.findById(accountId);
    if (account) {
      found.push(account);
    }
  }
  return found;
}

export function canBeMailed(account: Account): account is Account & { readonly email: string } {
  return !account.disabled && account.email !== null && account.email.includes("@");
}
