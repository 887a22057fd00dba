import { type Account, usernameKey } from "../account/account.ts";
import type { Credential } from "./credential.ts";

/**
 * True if a client may send this user name with the credential: the owner's, or that of the person who owned
 * it before it was moved to a service.
 */
export function isOwnerName(
  username: string,
  credential: Pick<Credential, "formerName">,
  owner: Account | null,
): boolean {
  const key = usernameKey(username);
  return credential.formerName === key || (owner !== null && usernameKey(owner.username) === key);
}
