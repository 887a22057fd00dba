import type { Account, Role } from "../account/account.ts";
import type { Actor } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { Writes } from "../store.ts";
import { changeMembership } from "../team/membership.ts";
import type { GroupRules } from "./ports.ts";

/** True if the person is in the group that the operator named. */
function isInGroup(rules: GroupRules, groups: readonly string[], group: string): boolean {
  return groups.some((one) => (rules.foldsCase ? one.toLowerCase() === group.toLowerCase() : one === group));
}

/** True if nobody asks for a group, or the person is in it. */
export function hasRequiredGroup(rules: GroupRules, groups: readonly string[]): boolean {
  return rules.required === null || isInGroup(rules, groups, rules.required);
}

/** The role that the groups give. A role that no option speaks of stays as an administrator set it. */
export function roleOf(rules: GroupRules, groups: readonly string[], present: Role): Role {
  if (rules.admin !== null && isInGroup(rules, groups, rules.admin)) {
    return "admin";
  }
  if (rules.auditor !== null && isInGroup(rules, groups, rules.auditor)) {
    return "auditor";
  }
  const isDecided = present === "admin" ? rules.admin !== null : rules.auditor !== null;
  return isDecided ? "member" : present;
}

/**
 * Gives and takes the memberships of teams that have a group at the provider. Those that an administrator
 * gave stay. Runs inside the caller's transaction.
 */
export async function syncTeams(
  writes: Writes,
  account: Account,
  { rules, groups, actor }: { rules: GroupRules; groups: readonly string[]; actor: Actor },
): Promise<void> {
  const owner = ownerOf(account);
  const wanted = (await writes.teams.withExternalGroup(groups)).filter(
    ({ externalGroup }) => externalGroup !== null && isInGroup(rules, groups, externalGroup),
  );
  for (const team of wanted) {
    await changeMembership(writes, { team, owner, actor }, { byProvider: true });
  }
  for (const { teamId, team, byProvider } of account.teams) {
    if (byProvider && !wanted.some(({ id }) => id === teamId)) {
      const left = { id: teamId, name: team };
      await changeMembership(writes, { team: left, owner, actor }, { byProvider: false });
    }
  }
}
