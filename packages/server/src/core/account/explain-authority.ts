import { ownScopes } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import type { Account } from "./account.ts";

/** A grant and where the account has it from. */
export interface ExplainedGrant {
  readonly grant: Scope;
  readonly from: "own" | `team:${string}` | "everyone";
}

/** Every grant in an account's authority. `everyone` are the grants of each signed-in account. */
export function explainAuthority(account: Account, everyone: readonly Scope[]): readonly ExplainedGrant[] {
  return [
    ...ownScopes(account).map((grant) => ({ grant, from: "own" as const })),
    ...account.teams.flatMap(({ team, grants }) =>
      grants.map((grant) => ({ grant, from: `team:${team}` as const })),
    ),
    ...everyone.map((grant) => ({ grant, from: "everyone" as const })),
  ];
}
