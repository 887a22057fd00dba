import { createHash } from "node:crypto";
import { type Dialect, route } from "../../http/dialect.ts";
import { API_BASE, apiDocument, apiRoutes } from "./api.ts";
import { FRONT_PAGE } from "./front-page.ts";
import { refuse } from "./refusals.ts";

const STYLE_HASH = createHash("sha256")
  .update(FRONT_PAGE.slice(FRONT_PAGE.indexOf("<style>") + 7, FRONT_PAGE.indexOf("</style>")))
  .digest("base64");
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface MintmarkOptions {
  readonly galaxyPrefix: string;
  /** The page at `/` if a console is built, in place of the plain front page. */
  readonly page?: Page | undefined;
}

/** An HTML page and the content security policy it lives under. */
export interface Page {
  readonly html: () => string;
  readonly policy: string;
}

export function mintmarkDialect(options: MintmarkOptions): Dialect {
  const api = apiRoutes(options.galaxyPrefix);
  const page = options.page ?? { html: () => FRONT_PAGE, policy: PAGE_POLICY };
  const document = apiDocument(api);
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
        run: async (hub) => ({ ...document, servers: [{ url: hub.policy.publicUrl }] }),
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
