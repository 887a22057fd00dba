import { createHash } from "node:crypto";
import { type AnyRoute, type Dialect, route } from "../../http/dialect.ts";
import { administrationRoutes } from "./administration.ts";
import { collectionRoutes } from "./collections.ts";
import { credentialRoutes } from "./credentials.ts";
import { endpointsRoute } from "./endpoints.ts";
import { FRONT_PAGE } from "./front-page.ts";
import { introspectionRoutes } from "./introspection.ts";
import { loginPiecesRoute } from "./login-pieces.ts";
import { describeApi } from "./openapi.ts";
import { refuse } from "./refusals.ts";
import { sessionRoutes } from "./sessions.ts";
import { userRoutes } from "./users.ts";

/** Our own API: JSON in camelCase, problem details, OpenAPI 3.1. */
export const API_BASE = "/api/mintmark/v1";
export const API_VERSION = "1.0.0";

const STYLE_HASH = createHash("sha256")
  .update(FRONT_PAGE.slice(FRONT_PAGE.indexOf("<style>") + 7, FRONT_PAGE.indexOf("</style>")))
  .digest("base64");
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface MintmarkOptions {
  readonly galaxyPrefix: string;
  /** What `/` shows instead of the plain front page, where a console is built. */
  readonly page?: Page | undefined;
}

/** An HTML page and the content security policy it lives under. */
export interface Page {
  readonly html: () => string;
  readonly policy: string;
}

export function apiRoutes(galaxyPrefix: string): readonly AnyRoute[] {
  return [
    ...sessionRoutes(API_BASE),
    ...userRoutes(API_BASE),
    ...credentialRoutes(API_BASE),
    ...administrationRoutes(API_BASE),
    ...introspectionRoutes(API_BASE),
    ...collectionRoutes(API_BASE),
    endpointsRoute(API_BASE, galaxyPrefix),
    loginPiecesRoute(API_BASE),
  ];
}

export function mintmarkDialect(options: MintmarkOptions): Dialect {
  const api = apiRoutes(options.galaxyPrefix);
  const page = options.page ?? { html: () => FRONT_PAGE, policy: PAGE_POLICY };
  const document = describeApi(api, API_VERSION);
  return {
    name: "mintmark",
    prefixes: [API_BASE, "/"],
    routes: [
      ...api,
      route({
        method: "GET",
        path: `${API_BASE}/openapi.json`,
        access: "public",
        read: () => null,
        run: async () => document,
        write: (body) => ({ status: 200, body }),
      }),
      route({
        method: "GET",
        path: "/",
        access: "public",
        read: () => null,
        run: async () => page.html(),
        write: (body) => ({
          status: 200,
          body,
          contentType: "text/html; charset=utf-8",
          headers: { "content-security-policy": page.policy },
        }),
      }),
    ],
    refuse,
  };
}
