import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** The types of the files that a build of the console makes. */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};
const UNKNOWN_TYPE = "application/octet-stream";
const KEPT_FOR_GOOD = "public, max-age=31536000, immutable";

/** The best first. Each is a file of the same name with the suffix. */
const ENCODINGS = [
  { encoding: "br", suffix: ".br" },
  { encoding: "gzip", suffix: ".gz" },
] as const;

/**
 * Serves the files of a folder below a prefix, from memory. Their names hold a hash of their content, so that
 * a client may keep each for good. Only names that the folder has are looked up, so no path leads out of it.
 */
export function serveStaticFiles(app: FastifyInstance, folder: string, prefix: string): void {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const files = new Map(names.map(({ name }) => [name, readFileSync(join(folder, name))]));
  app.route({
    method: "GET",
    exposeHeadRoute: true,
    url: `${prefix}*`,
    handler: (request: FastifyRequest, reply: FastifyReply) => {
      const name = (request.params as { readonly "*": string })["*"];
      const plain = files.get(name);
      if (plain === undefined) {
        return reply.callNotFound();
      }
      reply
        .type(TYPES[/\.([a-z0-9]+)$/.exec(name)?.[1] ?? ""] ?? UNKNOWN_TYPE)
        .header("cache-control", KEPT_FOR_GOOD)
        .header("vary", "accept-encoding");
      const accepted = request.headers["accept-encoding"];
      for (const { encoding, suffix } of ENCODINGS) {
        const packed = files.get(`${name}${suffix}`);
        if (packed !== undefined && accepts(accepted, encoding)) {
          return reply.header("content-encoding", encoding).send(packed);
        }
      }
      return reply.send(plain);
    },
  });
}

/** RFC 9110 §12.5.3, for a coding that the header names. A weight of zero refuses it. */
function accepts(header: string | string[] | undefined, encoding: string): boolean {
  return String(header ?? "")
    .toLowerCase()
    .split(",")
    .map((item) => item.split(";").map((part) => part.trim()))
    .some(([name, weight = ""]) => name === encoding && !/^q=0(?:\.0*)?$/.test(weight));
}
