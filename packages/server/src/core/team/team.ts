import type { Scope } from "../authority/scope.ts";

/** A group of persons who hold its grants in addition to their own. */
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** The group of the identity provider whose members belong to the team. */
  readonly externalGroup: string | null;
  readonly grants: readonly Scope[];
  readonly createdAt: number;
}

export interface TeamMember {
  readonly accountId: string;
  readonly username: string;
  readonly byHand: boolean;
  readonly byProvider: boolean;
}

/** The rule of `isTeamName`, for errors. */
export const TEAM_NAME_FORM = "1 to 64 letters, digits or . _ @ ~ # -, a letter or digit first";
const TEAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._@~#-]{0,63}$/;

/** Account names without `+` and `:`, so that a Quay robot's name (`team+robot`) tells its team. */
export function isTeamName(text: string): boolean {
  return TEAM_NAME.test(text);
}

/** Team names are unique without regard to case. */
export function teamKey(name: string): string {
  return name.toLowerCase();
}
