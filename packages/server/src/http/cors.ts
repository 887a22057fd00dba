import type { FastifyInstance } from "fastify";

const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type, If-Match, Prefer",
  "access-control-max-age": "3600",
};
const EXPOSED = "ETag, Location, Retry-After, WWW-Authenticate, X-Mintmark-Applied, X-Request-Id";

/**
 * Lets pages of the named origins call the hub with tokens that they hold (Fetch standard, CORS protocol).
 * Cookies never travel: no answer allows credentials. `isClosed` names paths whose answers are verdicts; a
 * preflight is no question there.
 */
export function registerCors(
  app: FastifyInstance,
  origins: readonly string[],
  isClosed: (url: string) => boolean,
): void {
  const allowed = new Set(origins);
  if (allowed.size === 0) {
    return;
  }
  app.addHook("onRequest", (request, reply, done) => {
    const { origin, "access-control-request-method": asked } = request.headers;
    if (origin === undefined || !allowed.has(origin) || isClosed(request.url)) {
      done();
      return;
    }
    reply.header("access-control-allow-origin", origin);
    reply.header("access-control-expose-headers", EXPOSED);
    reply.header("vary", "Origin");
    if (request.method === "OPTIONS" && asked !== undefined) {
      reply.code(204).headers(PREFLIGHT_HEADERS).send();
      return;
    }
    done();
  });
}
