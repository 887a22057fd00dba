import { Type } from "typebox";
import type { Account } from "../../core/account/account.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Secret } from "../../core/secret/secret.ts";
import { reader, readJson } from "../../http/body.ts";
import { type Access, type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { writeDate } from "./wire.ts";

/**
 * Quay's robots of an organization (quay/quay@ffba0c70e, `endpoints/api/robot.py`). The organization is a
 * team of the hub. Unlike Quay, the token is shown when it is made and never again.
 */
export function robotRoutes(
  base: string,
  access: { readonly own: Access; readonly makesSecrets: Access },
): readonly AnyRoute[] {
  const robots = `${base}/organization/:orgname/robots`;
  const one = `${robots}/:short`;
  return [
    route({
      method: "GET",
      path: robots,
      access: access.own,
      read: ({ params }) => params.orgname ?? "",
      run: async (hub, team, caller) => {
        const found = await hub.robots.list(team, caller);
        return { robots: await Promise.all(found.map((robot) => viewRobot(hub, robot))) };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "GET",
      path: one,
      access: access.own,
      read: readNames,
      run: async (hub, { team, short }, caller) => viewRobot(hub, await hub.robots.get(team, short, caller)),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "PUT",
      path: one,
      access: access.makesSecrets,
      read: (request) => ({ ...readNames(request), description: readDescription(request) }),
      run: async (hub, request, caller) => {
        const { robot, issued } = await hub.robots.create(request, caller);
        return view(hub, robot, issued.credential, issued.secret);
      },
      write: (body) => ({ status: 201, body }),
    }),
    route({
      method: "POST",
      path: `${one}/regenerate`,
      access: access.makesSecrets,
      read: readNames,
      run: async (hub, { team, short }, caller) => {
        const { robot, issued } = await hub.robots.regenerate(team, short, caller);
        return view(hub, robot, issued.credential, issued.secret);
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "DELETE",
      path: one,
      access: access.own,
      read: readNames,
      run: (hub, { team, short }, caller) => hub.robots.remove(team, short, caller),
      write: () => ({ status: 204 }),
    }),
  ];
}

const DESCRIPTION_LENGTH_MAX = 255;
const readBody = reader(
  Type.Object({
    description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    unstructured_metadata: Type.Optional(Type.Unknown()),
  }),
  { strict: false },
);

function readNames({ params }: WireRequest): { readonly team: string; readonly short: string } {
  return { team: params.orgname ?? "", short: params.short ?? "" };
}

/** The body may be left out. */
function readDescription(request: WireRequest): string | null {
  if (request.body.length === 0) {
    return null;
  }
  const description = readBody(readJson(request) ?? {}).description ?? null;
  if ((description ?? "").length > DESCRIPTION_LENGTH_MAX) {
    throw new HubError("malformed_request", { field: "description" });
  }
  return description;
}

async function viewRobot(hub: Hub, robot: Account) {
  return view(hub, robot, await hub.robots.tokenOf(robot), null);
}

function view(hub: Hub, robot: Account, token: Credential | null, secret: Secret | null) {
  return {
    name: robot.username,
    created: writeDate(robot.createdAt),
    last_accessed: writeDate((token && hub.uses.latest(token)?.at) ?? null),
    description: robot.description ?? "",
    token: secret?.reveal() ?? "",
    unstructured_metadata: {},
  };
}
