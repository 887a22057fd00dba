import type { Account } from "../account/account.ts";
import type { Origin } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { SignInRefusal } from "./accept.ts";
import { acceptPerson } from "./accept-person.ts";

/**
 * The account of a name and password that the organisation's directory accepts; null without a directory, and
 * for everybody who is not let in. Throws `provider_unavailable`.
 */
export async function askDirectory(
  context: HubContext,
  { username, password, origin }: { username: string; password: string; origin: Origin },
): Promise<Account | null> {
  const { ldap } = context.signIn;
  const identity = ldap && (await ldap.provider.authenticate(username, password));
  if (!ldap || !identity) {
    return null;
  }
  try {
    return await acceptPerson(context, { kind: "ldap", identity, rules: ldap.groups }, origin);
  } catch (error) {
    if (error instanceof SignInRefusal) {
      return null;
    }
    throw error;
  }
}
