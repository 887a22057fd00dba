import type { AnyRoute } from "../../http/dialect.ts";
import type { RouteDescription } from "./route-description.ts";
import { LIMIT_MAX } from "./wire.ts";

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
    description: "<nodes that have applied it>/<living nodes>, or ? where those could not be asked for",
    schema: { type: "string" },
  },
};

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
    components: {
      schemas: { Problem: PROBLEM },
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
            "with X-CSRF-Token on changes; `__Host-mintmark_session` where the public URL is https without a path",
        },
      },
    },
    paths,
  };
}

function describeOperation(route: AnyRoute, description: RouteDescription): Record<string, unknown> {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(description.query ?? {}).map(([name, text]) => ({
    name,
    in: "query",
    required: false,
    description: text,
    schema: name === "limit" ? LIMIT : { type: "string" },
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
            required: route.method !== "DELETE",
            content: { "application/json": { schema: description.body } },
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
              description: "done, to whoever prefers the representation",
              headers: APPLIED,
              content: { "application/json": { schema: description.representation } },
            },
          }
        : {}),
      ...Object.fromEntries(
        description.refusals.map((status) => [status, { description: "refused", ...problem }]),
      ),
    },
  };
}

function contentOf({ answer, csv }: RouteDescription): Record<string, unknown> {
  return {
    "application/json": { schema: answer },
    ...(csv === undefined ? {} : { "text/csv": { schema: { type: "string", description: csv } } }),
  };
}
