import type { Actor } from "../audit/events.ts";
import type { Writes } from "../store.ts";
import type { Team } from "./team.ts";

interface Subject {
  readonly team: Pick<Team, "id" | "name">;
  readonly owner: { readonly id: string; readonly username: string };
  readonly actor: Actor;
}

/**
 * Changes who vouches for a membership: an administrator, the identity provider, or both. The membership
 * begins with the first and ends with the last of them; the audit tells of both moments. Runs inside the
 * caller's transaction.
 */
export async function changeMembership(
  writes: Writes,
  { team, owner, actor }: Subject,
  change: { readonly byHand?: boolean; readonly byProvider?: boolean },
): Promise<void> {
  const before = await writes.teams.member(team.id, owner.id);
  const wasMember = before !== null;
  const after = {
    byHand: change.byHand ?? before?.byHand ?? false,
    byProvider: change.byProvider ?? before?.byProvider ?? false,
  };
  if (after.byHand === (before?.byHand ?? false) && after.byProvider === (before?.byProvider ?? false)) {
    return;
  }
  await writes.teams.setMembership(team.id, owner.id, after);
  writes.announce({ of: "account", accountId: owner.id });
  const isMember = after.byHand || after.byProvider;
  if (isMember !== wasMember) {
    await writes.audit.append({
      action: isMember ? "team.join" : "team.leave",
      actor,
      owner,
      credentialId: null,
      details: { team: team.name },
    });
  }
}
