import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { SECTIONS } from "./console-sections.generated.ts";
import { publicPlaceOf } from "./public-place.ts";
import { serveStaticFiles } from "./static-files.ts";

/** The built files of the web console. */
export interface Console {
  /** Every path of it lies below one of these. */
  readonly prefixes: readonly string[];
  readonly page: { readonly html: () => string; readonly policy: string };
  register(app: FastifyInstance): void;
  /** The console with its own page for an unknown address, status 404. */
  sendNotFound(reply: FastifyReply): FastifyReply;
}

/**
 * Named so that it cannot meet a path of a system we speak for. The console's Vite configuration writes
 * there.
 */
const ASSETS = "console-assets";

/**
 * No inline script and no inline style: React sets styles through the object model, which the policy does not
 * forbid.
 */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Quay's Ansible collection (herve4m.quay, plugins/module_utils/api_module.py) looks for this text in the
 * page before it signs in. It is a comment: a log-in here needs no token.
 */
const QUAY_TOKEN = "<!-- window.__token = ''; -->";

/** The console in that directory, or null where none is built. */
export function openConsole(directory: string, publicUrl: () => string): Console | null {
  const index = join(directory, "index.html");
  if (!existsSync(index)) {
    return null;
  }
  const template = readFileSync(index, "utf8");
  // Behind a proxy's path prefix every address of the page is relative to this one.
  const html = () =>
    template
      .replace('<base href="/"', `<base href="${basePath(publicUrl())}"`)
      .replace("</head>", `${QUAY_TOKEN}</head>`);
  return {
    prefixes: [ASSETS, ...SECTIONS].map((name) => `/${name}`),
    page: { html, policy: POLICY },
    sendNotFound: (reply) => sendPage(reply.code(404), html()),
    register: (app) => {
      serveStaticFiles(app, join(directory, ASSETS), `/${ASSETS}/`);
      // A path outside the console's sections keeps the 404 of its system.
      for (const section of SECTIONS) {
        for (const url of [`/${section}`, `/${section}/*`]) {
          app.get(url, (request, reply) =>
            (request.headers.accept ?? "").includes("text/html")
              ? sendPage(reply, html())
              : reply.callNotFound(),
          );
        }
      }
    },
  };
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .header("cache-control", "no-store")
    .header("content-security-policy", POLICY)
    .type("text/html; charset=utf-8")
    .send(html);
}

function basePath(publicUrl: string): string {
  return `${publicPlaceOf(publicUrl).path}/`;
}
