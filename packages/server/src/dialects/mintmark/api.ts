import type { AnyRoute } from "../../http/dialect.ts";
import { administrationRoutes } from "./administration.ts";
import { checkRoute } from "./check.ts";
import { collectionRoutes } from "./collections.ts";
import { credentialBulkRoute } from "./credential-bulk.ts";
import { credentialFindRoutes } from "./credential-find.ts";
import { credentialLifeRoutes } from "./credential-life.ts";
import { credentialSourceRoutes } from "./credential-sources.ts";
import { credentialRoutes } from "./credentials.ts";
import { endpointsRoute } from "./endpoints.ts";
import { introspectionRoutes } from "./introspection.ts";
import { loginPiecesRoute } from "./login-pieces.ts";
import { notificationRoutes } from "./notifications.ts";
import { describeApi } from "./openapi.ts";
import { ownSessionRoutes } from "./own-sessions.ts";
import { restoredRoutes } from "./restored.ts";
import { rotationRoutes } from "./rotation.ts";
import { serviceRoutes } from "./services.ts";
import { sessionRoutes } from "./sessions.ts";
import { statisticsRoute } from "./statistics.ts";
import { teamRoutes } from "./teams.ts";
import { userRoutes } from "./users.ts";
import { webhookRoutes } from "./webhooks.ts";

/** Our own API: JSON in camelCase, problem details, OpenAPI 3.1. */
export const API_BASE = "/api/mintmark/v1";
const API_VERSION = "1.0.0";

export function apiRoutes(galaxyPrefix: string): readonly AnyRoute[] {
  return [
    ...sessionRoutes(API_BASE),
    ...ownSessionRoutes(API_BASE),
    ...userRoutes(API_BASE),
    ...teamRoutes(API_BASE),
    ...serviceRoutes(API_BASE),
    ...credentialFindRoutes(API_BASE),
    ...credentialRoutes(API_BASE),
    ...credentialLifeRoutes(API_BASE),
    ...rotationRoutes(API_BASE),
    ...credentialSourceRoutes(API_BASE),
    credentialBulkRoute(API_BASE),
    ...administrationRoutes(API_BASE),
    statisticsRoute(API_BASE),
    ...introspectionRoutes(API_BASE),
    checkRoute(API_BASE),
    ...collectionRoutes(API_BASE),
    ...webhookRoutes(API_BASE),
    ...notificationRoutes(API_BASE),
    endpointsRoute(API_BASE, galaxyPrefix),
    loginPiecesRoute(API_BASE),
    ...restoredRoutes(API_BASE),
  ];
}

/** The routes as an OpenAPI document. */
export function apiDocument(routes: readonly AnyRoute[]): Record<string, unknown> {
  return describeApi(routes, API_VERSION);
}
