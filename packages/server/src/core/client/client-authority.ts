import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import type { HubContext } from "../context.ts";
import { KINDS } from "../credential/kinds.ts";
import { type Looked, whenKnown } from "../looked.ts";
import type { Client } from "./client.ts";

/** What a confidential client may do in its own name. `account` is the service that it acts as. */
export interface ClientIdentity {
  readonly account: Account | null;
  readonly authority: Authority;
}

/** A service's client may do what the service may do with collections. Null if its service is gone. */
export function identityOf(context: HubContext, client: Client): Looked<ClientIdentity | null> {
  if (client.accountId === null) {
    return { account: null, authority: new Authority([client.scopes]) };
  }
  return whenKnown(context.index.account(client.accountId), (account) => {
    if (!account || account.disabled) {
      return null;
    }
    return whenKnown(context.index.authenticatedGrants(), (everyone) => {
      const held = new Authority([accountScopes(account, everyone)]);
      return { account, authority: held.narrowedTo(KINDS.offline_token.defaultScopes ?? []) };
    });
  });
}
