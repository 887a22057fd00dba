import type { Actor, AuditAction } from "../audit/events.ts";
import { readGrants } from "../authority/read-grants.ts";
import { formatScope, type Scope } from "../authority/scope.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import { removeService } from "../service/services.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { changeMembership } from "./membership.ts";
import type { TeamChange } from "./ports.ts";
import { isTeamName, TEAM_NAME_FORM, type Team, type TeamMember } from "./team.ts";

export interface NewTeam {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly grants?: readonly string[] | undefined;
  readonly externalGroup?: string | null | undefined;
}

export type TeamPatch = Omit<NewTeam, "name">;

export interface TeamWithMembers {
  readonly team: Team;
  readonly members: readonly TeamMember[];
}

const DESCRIPTION_CODE_POINTS_MAX = 1000;
const GROUP_CODE_POINTS_MAX = 400;

/**
 * Teams, their grants and their members. The caller's right to change them is decided before these are
 * called.
 */
export class Teams {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Throws `not_found`. */
  async get(name: string): Promise<TeamWithMembers> {
    const { teams } = this.#context.store.read;
    const team = await teams.findByName(name);
    if (!team) {
      throw new HubError("not_found");
    }
    return { team, members: await teams.members(team.id) };
  }

  /** By name; `after` is a team key. */
  async list(page: {
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly TeamWithMembers[]> {
    const { teams } = this.#context.store.read;
    const found = await teams.list(page);
    return Promise.all(found.map(async (team) => ({ team, members: await teams.members(team.id) })));
  }

  /** Throws `malformed_request`, `invalid_scope`, `team_exists`. */
  async create(request: NewTeam, caller: Caller): Promise<TeamWithMembers> {
    if (!isTeamName(request.name)) {
      throw malformed("name", TEAM_NAME_FORM, request.name);
    }
    checkLabels(request);
    const { clock, entropy, store } = this.#context;
    const team: Team = {
      id: newId(clock, entropy),
      name: request.name,
      description: request.description ?? null,
      externalGroup: request.externalGroup ?? null,
      grants: readGrants(request.grants ?? []),
      createdAt: clock.now(),
    };
    await store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await writes.teams.insert(team);
      await writes.teams.setGrants(team.id, team.grants);
      await audit(writes, "team.create", team, caller, auditView(team));
    }, "large");
    return { team, members: [] };
  }

  /**
   * Changes a team. A new external group takes the memberships that the former group gave; the provider gives
   * them anew at the next sign-in or recheck. Throws `not_found`, `malformed_request`, `invalid_scope`.
   */
  async update(name: string, patch: TeamPatch, caller: Caller): Promise<TeamWithMembers> {
    checkLabels(patch);
    const grants = patch.grants === undefined ? null : readGrants(patch.grants);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const team = await find(writes, name);
      const change: TeamChange = {
        ...(patch.description === undefined ? {} : { description: patch.description }),
        ...(patch.externalGroup === undefined ? {} : { externalGroup: patch.externalGroup }),
      };
      if (Object.keys(change).length > 0) {
        await writes.teams.update(team.id, change);
      }
      if (grants) {
        await writes.teams.setGrants(team.id, grants);
      }
      if (patch.externalGroup !== undefined && patch.externalGroup !== team.externalGroup) {
        await endProviderMemberships(writes, team, caller);
      }
      await announceMembers(writes, team);
      const after = await find(writes, name);
      await audit(writes, "team.update", team, caller, { before: auditView(team), after: auditView(after) });
    }, "large");
    return this.get(name);
  }

  /** Ends the team with its memberships, its grants and its Quay robots. Throws `not_found`. */
  async remove(name: string, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const team = await find(writes, name);
      await announceMembers(writes, team);
      for (const member of await writes.teams.members(team.id)) {
        const owner = { id: member.accountId, username: member.username };
        await changeMembership(writes, { team, owner, actor: actorOf(caller) }, NEITHER);
      }
      for (const id of await writes.teams.robots(team.id)) {
        const robot = await writes.accounts.findById(id);
        if (robot) {
          await removeService(this.#context, writes, robot, caller);
        }
      }
      await writes.teams.remove(team.id);
      await audit(writes, "team.delete", team, caller, auditView(team));
    }, "large");
  }

  /**
   * Adds a person by hand; adding a member again changes nothing. Throws `not_found` for an unknown team or
   * person.
   */
  async addMember(name: string, username: string, caller: Caller): Promise<TeamWithMembers> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const { team, account } = await findPair(writes, name, username);
      const owner = ownerOf(account);
      await changeMembership(writes, { team, owner, actor: actorOf(caller) }, { byHand: true });
    }, "large");
    return this.get(name);
  }

  /**
   * Removes a member. Throws `not_found` for an account that is not a member, and `provider_membership` for a
   * member from the identity provider's groups: the next sign-in would add it again.
   */
  async removeMember(name: string, username: string, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const { team, account } = await findPair(writes, name, username);
      const membership = account.teams.find(({ teamId }) => teamId === team.id);
      if (!membership) {
        throw new HubError("not_found");
      }
      if (membership.byProvider) {
        throw new HubError("provider_membership");
      }
      await changeMembership(writes, { team, owner: ownerOf(account), actor: actorOf(caller) }, NEITHER);
    }, "large");
  }
}

const NEITHER = { byHand: false, byProvider: false };

async function find(writes: Writes, name: string): Promise<Team> {
  const team = await writes.teams.findByName(name);
  if (!team) {
    throw new HubError("not_found");
  }
  return team;
}

async function findPair(writes: Writes, name: string, username: string) {
  const team = await find(writes, name);
  const account = await writes.accounts.findByUsername(username);
  if (account?.type !== "person") {
    throw new HubError("not_found");
  }
  return { team, account };
}

async function endProviderMemberships(writes: Writes, team: Team, caller: Caller): Promise<void> {
  for (const member of await writes.teams.members(team.id)) {
    const owner = { id: member.accountId, username: member.username };
    await changeMembership(writes, { team, owner, actor: actorOf(caller) }, { byProvider: false });
  }
}

/** Replaces a team's grants inside the caller's transaction, for a change that the grants follow from. */
export async function changeTeamGrants(
  writes: Writes,
  team: Team,
  grants: readonly Scope[],
  actor: Actor,
): Promise<void> {
  await writes.teams.setGrants(team.id, grants);
  await announceMembers(writes, team);
  await writes.audit.append({
    action: "team.update",
    actor,
    owner: null,
    credentialId: null,
    details: { team: team.name, before: auditView(team), after: auditView({ ...team, grants }) },
  });
}

/** Every node reads the authority of the team's members again. */
async function announceMembers(writes: Writes, team: Team): Promise<void> {
  const members = await writes.teams.members(team.id);
  const ids = [...members.map(({ accountId }) => accountId), ...(await writes.teams.robots(team.id))];
  for (const accountId of ids) {
    writes.announce({ of: "account", accountId });
  }
}

async function audit(
  writes: Writes,
  action: Extract<AuditAction, `team.${string}`>,
  team: Team,
  caller: Caller,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writes.audit.append({
    action,
    actor: actorOf(caller),
    owner: null,
    credentialId: null,
    details: { team: team.name, ...details },
  });
}

function auditView({ description, externalGroup, grants }: Team) {
  return { description, externalGroup, grants: grants.map(formatScope) };
}

/** Throws `malformed_request`. */
function checkLabels({ description, externalGroup }: TeamPatch): void {
  if (!isPlainText(description ?? "", DESCRIPTION_CODE_POINTS_MAX)) {
    throw malformed("description", plainText(DESCRIPTION_CODE_POINTS_MAX), description);
  }
  if (externalGroup === "" || !isPlainText(externalGroup ?? "", GROUP_CODE_POINTS_MAX)) {
    throw malformed("externalGroup", `${plainText(GROUP_CODE_POINTS_MAX)}, or null`, externalGroup);
  }
}
