import { HUB_ADMIN } from "../authority/authority.ts";
import type { Caller } from "../caller.ts";
import { HubError } from "../errors.ts";
import { isId } from "../ids.ts";
import type { Reads } from "../store.ts";
import type { Credential } from "./credential.ts";

/**
 * In what role a caller manages a credential. The owner may do more with it than an administrator, who must
 * not get its secret. A steward of the owning service counts as the owner.
 */
export type Manager = "owner" | "administrator";

/**
 * The role in which this caller manages the credential, or null. The one place that decides it. Inside a
 * transaction pass its writes, so that a caller who lost the right a moment ago is refused.
 */
async function managerOf(reads: Reads, caller: Caller, credential: Credential): Promise<Manager | null> {
  const account = caller.account && (await reads.accounts.findById(caller.account.id));
  if (!account || account.disabled) {
    return null;
  }
  if (credential.ownerId === account.id || (await reads.services.isSteward(credential.ownerId, account.id))) {
    return "owner";
  }
  return account.role !== "member" && caller.authority.permits(HUB_ADMIN) ? "administrator" : null;
}

/**
 * A credential that the caller manages. An unknown one and one that the caller does not manage answer alike:
 * `not_found`.
 */
export async function findManaged(
  reads: Reads,
  id: string,
  caller: Caller,
): Promise<{ readonly credential: Credential; readonly manager: Manager }> {
  const credential = isId(id) ? await reads.credentials.findById(id) : null;
  const manager = credential && (await managerOf(reads, caller, credential));
  if (!credential || !manager) {
    throw new HubError("not_found");
  }
  return { credential, manager };
}
