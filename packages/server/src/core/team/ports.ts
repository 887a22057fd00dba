import type { Scope } from "../authority/scope.ts";
import type { Team, TeamMember } from "./team.ts";

export interface TeamReads {
  findByName(name: string): Promise<Team | null>;
  /** By name, ascending; `after` is a team key. */
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly Team[]>;
  /** By user name. */
  members(teamId: string): Promise<readonly TeamMember[]>;
  member(teamId: string, accountId: string): Promise<TeamMember | null>;
  /** Teams that any of these groups of the identity provider leads to. */
  withExternalGroup(groups: readonly string[]): Promise<readonly Team[]>;
  /** Teams that hold a grant on exactly this name: `instance`, `sales`. */
  withGrantOn(type: string, name: string): Promise<readonly Team[]>;
  /** The ids of the team's Quay robots. */
  robots(teamId: string): Promise<readonly string[]>;
}

export interface TeamChange {
  readonly description?: string | null;
  readonly externalGroup?: string | null;
}

export interface TeamWrites extends TeamReads {
  /** Throws `team_exists`. */
  insert(team: Omit<Team, "grants">): Promise<void>;
  update(id: string, change: TeamChange): Promise<void>;
  setGrants(id: string, grants: readonly Scope[]): Promise<void>;
  /** With its memberships and grants. */
  remove(id: string): Promise<void>;
  /** Neither by hand nor by the provider: the membership ends. */
  setMembership(
    teamId: string,
    accountId: string,
    given: { readonly byHand: boolean; readonly byProvider: boolean },
  ): Promise<void>;
}
