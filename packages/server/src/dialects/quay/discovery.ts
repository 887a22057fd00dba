import type { Policy } from "../../core/context.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";

interface Operation {
  readonly path: string;
  readonly method: "get" | "post" | "put" | "delete";
  /** Quay's own `operationId`: clients that are generated from the description name their methods by it. */
  readonly id: string;
  readonly tag: "appspecifictoken" | "user" | "superuser" | "robot" | "error" | "discovery";
  readonly summary: string;
  readonly status: 200 | 201 | 204;
  /** The scope that an OAuth token needs; null for calls that are open to everybody. */
  readonly scope: string | null;
  readonly query?: string;
  readonly body?: string;
}

const TOKEN = "/api/v1/user/apptoken";
const ROBOTS = "/api/v1/organization/{orgname}/robots";
const ROBOT = `${ROBOTS}/{short}`;

/** What this hub serves of Quay's API, with the names of Quay's description (endpoints/api). */
const OPERATIONS: readonly Operation[] = [
  {
    path: "/api/v1/discovery",
    method: "get",
    id: "discovery",
    tag: "discovery",
    summary: "List all of the API endpoints available in the swagger API format.",
    status: 200,
    scope: null,
    query: "internal",
  },
  {
    path: "/api/v1/error/{title}",
    method: "get",
    id: "getErrorDescription",
    tag: "error",
    summary: "Get a detailed description of the error.",
    status: 200,
    scope: null,
  },
  {
    path: "/api/v1/user/",
    method: "get",
    id: "getLoggedInUser",
    tag: "user",
    summary: "Get user information for the authenticated user.",
    status: 200,
    scope: "user:read",
  },
  {
    path: TOKEN,
    method: "get",
    id: "listAppTokens",
    tag: "appspecifictoken",
    summary: "Lists the app specific tokens for the user.",
    status: 200,
    scope: "user:admin",
    query: "expiring",
  },
  {
    path: TOKEN,
    method: "post",
    id: "createAppToken",
    tag: "appspecifictoken",
    summary: "Create a new app specific token for user.",
    status: 201,
    scope: "user:admin",
    body: "NewToken",
  },
  {
    path: `${TOKEN}/{token_uuid}`,
    method: "get",
    id: "getAppToken",
    tag: "appspecifictoken",
    summary: "Returns a specific app token for the user.",
    status: 200,
    scope: "user:admin",
  },
  {
    path: `${TOKEN}/{token_uuid}`,
    method: "delete",
    id: "revokeAppToken",
    tag: "appspecifictoken",
    summary: "Revokes a specific app token for the user.",
    status: 204,
    scope: "user:admin",
  },
  {
    path: "/api/v1/superuser/apptokens",
    method: "get",
    id: "listAllAppTokens",
    tag: "superuser",
    summary: "Returns a list of all app specific tokens in the system.",
    status: 200,
    scope: "super:user",
    query: "expiring",
  },
  {
    path: ROBOTS,
    method: "get",
    id: "getOrgRobots",
    tag: "robot",
    summary: "List the organization's robots.",
    status: 200,
    scope: "org:admin",
  },
  {
    path: ROBOT,
    method: "get",
    id: "getOrgRobot",
    tag: "robot",
    summary: "Returns the organization's robot with the specified name.",
    status: 200,
    scope: "org:admin",
  },
  {
    path: ROBOT,
    method: "put",
    id: "createOrgRobot",
    tag: "robot",
    summary: "Create a new robot in the organization.",
    status: 201,
    scope: "org:admin",
    body: "CreateRobot",
  },
  {
    path: ROBOT,
    method: "delete",
    id: "deleteOrgRobot",
    tag: "robot",
    summary: "Delete an existing organization robot.",
    status: 204,
    scope: "org:admin",
  },
  {
    path: `${ROBOT}/regenerate`,
    method: "post",
    id: "regenerateOrgRobotToken",
    tag: "robot",
    summary: "Regenerates the token for an organization robot.",
    status: 200,
    scope: "org:admin",
  },
];

const TEXT = { type: "string" } as const;
const DEFINITIONS = {
  ApiError: {
    type: "object",
    required: ["status", "type", "title"],
    properties: {
      status: { type: "integer" },
      type: TEXT,
      detail: TEXT,
      title: TEXT,
      error_message: TEXT,
      error_type: TEXT,
    },
  },
  NewToken: { type: "object", required: ["title"], properties: { title: TEXT } },
  CreateRobot: {
    type: "object",
    properties: { description: TEXT, unstructured_metadata: { type: "object" } },
  },
} as const;

/** `GET /api/v1/discovery`: the description of the API in Swagger 2.0, from which clients are generated. */
export function discoveryRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: "public",
    read: () => null,
    run: async (hub) => describeApi(hub.policy),
    write: (body) => ({ status: 200, body }),
  });
}

function describeApi({ publicUrl }: Policy) {
  const { protocol, host, pathname } = new URL(publicUrl);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    swagger: "2.0",
    host,
    basePath: pathname.endsWith("/") ? pathname : `${pathname}/`,
    schemes: [protocol.slice(0, -1)],
    info: {
      version: "v1",
      title: "Mintmark, in the API of Quay",
      description: "The part of Quay's API that this hub serves: application tokens, robots, who calls.",
    },
    securityDefinitions: {
      oauth2_implicit: {
        type: "oauth2",
        flow: "implicit",
        authorizationUrl: `${publicUrl}/oauth/authorize`,
        scopes: {
          "user:read": "Read User Information",
          "user:admin": "Administer User",
          "org:admin": "Administer Organization",
          "super:user": "Super User Access",
        },
      },
    },
    paths,
    definitions: DEFINITIONS,
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
  };
}

function describe({ path, id, tag, summary, status, scope, query, body }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    type: "string",
    required: true,
  }));
  const inQuery = query === undefined ? [] : [{ name: query, in: "query", type: "boolean", required: false }];
  const schema = { $ref: `#/definitions/${body}` };
  const inBody = body === undefined ? [] : [{ name: "body", in: "body", required: true, schema }];
  return {
    operationId: id,
    summary,
    tags: [tag],
    consumes: ["application/json"],
    produces: ["application/json"],
    parameters: [...inPath, ...inQuery, ...inBody],
    responses: { [status]: { description: "Successful invocation" }, ...REFUSALS },
    ...(scope === null ? {} : { security: [{ oauth2_implicit: [scope] }] }),
  };
}

const REFUSALS = Object.fromEntries(
  [
    [400, "Bad Request"],
    [401, "Session required"],
    [403, "Unauthorized access"],
    [404, "Not found"],
  ].map(([status, description]) => [status, { description, schema: { $ref: "#/definitions/ApiError" } }]),
);
