import { type Static, Type } from "typebox";
import { formatScope } from "../../core/authority/scope.ts";
import type { TeamWithMembers } from "../../core/team/teams.ts";
import { Nullable, Scopes, Text, Time, time } from "./wire.ts";

/** The shapes of teams. */
export const NewTeamBody = Type.Object({
  name: Text,
  description: Type.Optional(Nullable(Text)),
  grants: Type.Optional(Scopes),
  externalGroup: Type.Optional(
    Nullable(Type.String({ maxLength: 2048, description: "the identity provider's group of the members" })),
  ),
});
export const TeamPatchBody = Type.Object({
  description: Type.Optional(Nullable(Text)),
  grants: Type.Optional(Scopes),
  externalGroup: Type.Optional(Nullable(Text)),
});

export const TeamView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Nullable(Type.String()),
  externalGroup: Nullable(Type.String()),
  grants: Type.Array(Type.String()),
  members: Type.Array(Type.String({ description: "user name" })),
  externalMembers: Type.Array(
    Type.String({ description: "user name of a member whom the identity provider's group added" }),
  ),
  createdAt: Time,
});

export function viewTeam({ team, members }: TeamWithMembers): Static<typeof TeamView> {
  const { id, name, description, externalGroup, grants } = team;
  return {
    id,
    name,
    description,
    externalGroup,
    grants: grants.map(formatScope),
    members: members.map(({ username }) => username),
    externalMembers: members.filter(({ byProvider }) => byProvider).map(({ username }) => username),
    createdAt: time(team.createdAt),
  };
}
