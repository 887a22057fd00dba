import type { TSchema } from "typebox";
import { KIND_NAMES } from "../../core/credential/kinds.ts";
import { SORTS } from "../../core/credential/order.ts";
import { csvLine } from "../../http/csv.ts";
import type { AnyRoute } from "../../http/dialect.ts";
import { CredentialView } from "./credential-view.ts";
import { exampleAnswer } from "./examples.ts";
import { REQUEST_EXAMPLES } from "./request-examples.ts";
import type { RouteDescription } from "./route-description.ts";
import { ClientView, EventView, InstanceView, KeyView, LIMIT_MAX, UserView } from "./wire.ts";

const PROBLEM = {
  type: "object",
  required: ["type", "title", "status", "code", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    detail: { type: "string" },
    field: { type: "string" },
    requestId: { type: "string" },
  },
  examples: [
    {
      type: "urn:mintmark:error:malformed_request",
      title: "The request is not well formed.",
      status: 400,
      code: "malformed_request",
      detail: "limit is 0; expected a whole number from 1 to 200.",
      field: "limit",
      requestId: "x583lI00000s",
    },
  ],
};

const LIMIT = { type: "integer", minimum: 1, maximum: LIMIT_MAX };

const PREFER = {
  name: "Prefer",
  in: "header",
  required: false,
  description: "return=representation (RFC 7240) brings an answer with a body",
  schema: { type: "string" },
};

const APPLIED = {
  "X-Mintmark-Applied": {
    description: "<nodes that have applied it>/<active nodes>, or ? if the nodes could not be listed",
    schema: { type: "string" },
  },
};

/** Parameters that are not any text; a name means the same in every operation. */
const QUERY_SCHEMAS: Readonly<Record<string, object>> = {
  limit: LIMIT,
  kind: { type: "string", enum: KIND_NAMES },
  state: { type: "string", enum: ["active", "frozen", "expired", "revoked"] },
  sort: { type: "string", enum: SORTS.flatMap((sort) => [sort, `-${sort}`]) },
  neverUsed: { type: "string", enum: ["true", "false"] },
  of: { type: "string", enum: ["hub", "own"] },
  days: { type: "integer", minimum: 1, maximum: 90 },
  unusedSince: { type: "string", format: "date-time" },
  usedSince: { type: "string", format: "date-time" },
  createdSince: { type: "string", format: "date-time" },
  expiresBy: { type: "string", format: "date-time" },
  search: { type: "string", maxLength: 200 },
};

/** The same for the parts of a path; any other is a name or an id. */
const PATH_SCHEMAS: Readonly<Record<string, object>> = {
  set: { type: "string", enum: ["anonymous", "authenticated"] },
  purpose: { type: "string", enum: ["realm", "registry", "zen"] },
};
const NAME = { type: "string", minLength: 1, maxLength: 255 };

/** Schemas that stand in many answers, under the names that generated clients give them. */
const COMPONENTS: Readonly<Record<string, TSchema>> = {
  Credential: CredentialView,
  User: UserView,
  AuditEvent: EventView,
  Instance: InstanceView,
  Client: ClientView,
  SigningKey: KeyView,
};

const TAGS: Readonly<Record<string, string>> = {
  session: "Sign in, sign out, and who the caller is",
  users: "Accounts of people",
  grants: "Grants of accounts, teams and everybody",
  teams: "Groups of people who hold the team's grants",
  services: "Accounts of programs, with stewards",
  credentials: "Tokens and keys: create, find, rotate, freeze, narrow, revoke",
  instances: "Service instances that have API keys",
  clients: "OAuth clients",
  audit: "The audit log and its hash chain",
  keys: "Signing keys",
  verification: "What a secret is good for",
  statistics: "Counts for a dashboard",
  collections: "Published collections",
  registry: "Log-in lines and files for container clients",
  endpoints: "Where the other systems' endpoints are",
  restored: "The decision about earlier credentials after a restore",
  webhooks: "Events sent to other systems",
  notifications: "Warnings by mail",
};

/** A body with an unknown field is refused, so the schema says so at every depth. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closed);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return "properties" in inner && inner["type"] === "object" && !("additionalProperties" in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** Puts a reference where a whole component stands. */
function withReferences(value: unknown): unknown {
  const found = Object.entries(COMPONENTS).find(([, schema]) => isSame(schema, value));
  if (found) {
    return { $ref: `#/components/schemas/${found[0]}` };
  }
  if (Array.isArray(value)) {
    return value.map(withReferences);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withReferences(inner)]))
    : value;
}

function isSame(schema: TSchema, value: unknown): boolean {
  return (
    schema === value ||
    (typeof value === "object" &&
      value !== null &&
      "properties" in value &&
      JSON.stringify(schema) === JSON.stringify(value))
  );
}

/** The OpenAPI 3.1 document of our own API, built from its routes. */
export function describeApi(routes: readonly AnyRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const description = route.description as RouteDescription | undefined;
    if (description) {
      const path = route.path.replace(/:(\w+)/g, "{$1}");
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, description) };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Mintmark",
      version,
      description: "The hub's own API. Errors are problem details (RFC 9457) with a stable code.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "the public URL of the hub" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    components: {
      schemas: { Problem: PROBLEM, ...COMPONENTS },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "a session's accessToken, an OAuth access token or a personal token",
        },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "mintmark_session",
          description:
            "with X-CSRF-Token on changes; `__Host-mintmark_session` if the public URL is https without a path",
        },
      },
    },
    paths: withReferences(paths),
  };
}

function describeOperation(route: AnyRoute, description: RouteDescription): Record<string, unknown> {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: PATH_SCHEMAS[name] ?? NAME,
  }));
  const inQuery = Object.entries(description.query ?? {}).map(([name, text]) => ({
    name,
    in: "query",
    required: description.required?.includes(name) ?? false,
    description: text,
    schema: QUERY_SCHEMAS[name] ?? { type: "string", maxLength: 2048 },
  }));
  const problem = {
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    operationId: description.id,
    summary: description.summary,
    tags: [description.tag],
    ...(route.access === "public" ? { security: [] } : { security: [{ bearer: [] }, { cookie: [] }] }),
    parameters: [...inPath, ...inQuery, ...(description.representation ? [PREFER] : [])],
    ...(description.body
      ? {
          requestBody: {
            required: route.method !== "DELETE" || mustHold(description.body),
            content: {
              "application/json": {
                schema: closed(description.body),
                example: REQUEST_EXAMPLES[description.id],
              },
            },
          },
        }
      : {}),
    responses: {
      [description.status]: {
        description: "done",
        ...(description.answer ? { content: contentOf(description) } : {}),
        ...(description.representation ? { headers: APPLIED } : {}),
      },
      ...(description.representation
        ? {
            200: {
              description: "done, if the client prefers the representation",
              headers: APPLIED,
              content: { "application/json": jsonContent(description.id, description.representation) },
            },
          }
        : {}),
      ...Object.fromEntries(
        description.refusals.map((status) => [status, { description: "refused", ...problem }]),
      ),
    },
  };
}

/** True if a call without the body is refused, since a field is missing. */
function mustHold(body: TSchema): boolean {
  return "required" in body && Array.isArray(body["required"]) && body["required"].length > 0;
}

function contentOf({ id, answer, csv }: RouteDescription): Record<string, unknown> {
  return {
    ...(answer ? { "application/json": jsonContent(id, answer) } : {}),
    ...(answer && csv !== undefined
      ? { "text/csv": { schema: { type: "string", description: csv }, example: csvExample(id, answer) } }
      : {}),
  };
}

function jsonContent(id: string, schema: TSchema): Record<string, unknown> {
  return { schema, example: exampleAnswer(id, schema) };
}

/** The header line and one row, from the JSON example's list. */
function csvExample(id: string, answer: TSchema): string {
  const lists = Object.values(exampleAnswer(id, answer) as Record<string, unknown>).filter(Array.isArray);
  const row = (lists[0]?.[0] ?? {}) as Record<string, unknown>;
  return `${csvLine(Object.keys(row))}${csvLine(Object.values(row))}`;
}
