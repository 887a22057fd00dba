import { Type } from "typebox";
import { teamKey } from "../../core/team/team.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { appliedHeader, writeReceipt } from "../../http/receipt.ts";
import { ADMIN, AUDIT } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { NewTeamBody, TeamPatchBody, TeamView, viewTeam } from "./team-views.ts";
import { cutPage, onePast, ReceiptAnswer, readLimit, refuseUnknownParameters } from "./wire.ts";

const readNewTeam = reader(NewTeamBody, { strict: true });
const readTeamPatch = reader(TeamPatchBody, { strict: true });

/** Teams and their members. */
export function teamRoutes(base: string): readonly AnyRoute[] {
  return [...wholeTeamRoutes(base), ...memberRoutes(base)];
}

function wholeTeamRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/teams`,
      access: AUDIT,
      description: {
        id: "listTeams",
        summary: "All teams with their members, by name",
        tag: "teams",
        query: { cursor: "nextCursor of the previous answer", limit: "1 to 200" },
        status: 200,
        answer: Type.Object({
          teams: Type.Array(TeamView),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: (request) => {
        refuseUnknownParameters(request, ["cursor", "limit"]);
        return { after: request.query.get("cursor") ?? undefined, limit: readLimit(request) };
      },
      run: async (hub, page) => {
        const { shown, last } = cutPage(await hub.teams.list(onePast(page)), page.limit);
        return { teams: shown.map(viewTeam), nextCursor: last ? teamKey(last.team.name) : null };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "POST",
      path: `${base}/teams`,
      access: ADMIN,
      description: {
        id: "createTeam",
        summary: "Create a team",
        tag: "teams",
        body: NewTeamBody,
        status: 201,
        answer: TeamView,
        refusals: [400, 401, 403, 409],
      } satisfies RouteDescription,
      read: (request) => readNewTeam(readJson(request)),
      run: (hub, body, caller) => hub.teams.create(body, caller),
      write: (team) => ({ status: 201, body: viewTeam(team) }),
    }),
    route({
      method: "GET",
      path: `${base}/teams/:name`,
      access: AUDIT,
      description: {
        id: "getTeam",
        summary: "One team with its members",
        tag: "teams",
        status: 200,
        answer: TeamView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: teamName,
      run: (hub, name) => hub.teams.get(name),
      write: (team) => ({ status: 200, body: viewTeam(team) }),
    }),
    route({
      method: "PATCH",
      path: `${base}/teams/:name`,
      access: ADMIN,
      description: {
        id: "updateTeam",
        summary: "Change a team; its members hold the new grants at once",
        tag: "teams",
        body: TeamPatchBody,
        status: 200,
        answer: TeamView,
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ name: teamName(request), patch: readTeamPatch(readJson(request)) }),
      run: async (hub, { name, patch }, caller) => {
        const team = await hub.teams.update(name, patch, caller);
        return { team, receipt: await hub.receipts.take() };
      },
      write: ({ team, receipt }) => ({ status: 200, body: viewTeam(team), headers: appliedHeader(receipt) }),
    }),
    route({
      method: "DELETE",
      path: `${base}/teams/:name`,
      access: ADMIN,
      description: {
        id: "deleteTeam",
        summary: "Delete a team; its members lose its grants",
        tag: "teams",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: teamName,
      run: async (hub, name, caller) => {
        await hub.teams.remove(name, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
  ];
}

function memberRoutes(base: string): readonly AnyRoute[] {
  const readPair = (request: WireRequest) => ({
    name: teamName(request),
    username: request.params.username ?? "",
  });
  return [
    route({
      method: "PUT",
      path: `${base}/teams/:name/members/:username`,
      access: ADMIN,
      description: {
        id: "addTeamMember",
        summary: "Add a person to a team",
        tag: "teams",
        status: 200,
        answer: TeamView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: readPair,
      run: (hub, { name, username }, caller) => hub.teams.addMember(name, username, caller),
      write: (team) => ({ status: 200, body: viewTeam(team) }),
    }),
    route({
      method: "DELETE",
      path: `${base}/teams/:name/members/:username`,
      access: ADMIN,
      description: {
        id: "removeTeamMember",
        summary: "Remove a person from a team; the person loses the team's grants and nothing else",
        tag: "teams",
        status: 204,
        representation: ReceiptAnswer,
        refusals: [401, 403, 404, 409],
      } satisfies RouteDescription,
      read: readPair,
      run: async (hub, { name, username }, caller) => {
        await hub.teams.removeMember(name, username, caller);
        return hub.receipts.take();
      },
      write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: true }),
    }),
  ];
}

function teamName(request: WireRequest): string {
  return request.params.name ?? "";
}
