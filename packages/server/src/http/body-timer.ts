import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** Long enough for a megabyte over a slow line. */
const BODY_TIMEOUT_MS = 30_000;

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Gives each body a time to arrive in. The server's own limit is five minutes, for uploads; a client that
 * sends a byte of JSON now and then would hold a connection as long. Such a request ends as one with a slow
 * head does.
 */
export function timeBodies(server: Server, timeoutMs: number = BODY_TIMEOUT_MS): void {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const { headers } = request;
    if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) {
      return;
    }
    const timer = setTimeout(() => {
      const late = Object.assign(new Error("the body took too long"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
      server.emit("clientError", late, request.socket);
    }, timeoutMs);
    timers.set(request, timer);
    const stop = (): void => clearTimeout(timer);
    request.once("end", stop);
    response.once("finish", stop).once("close", stop);
  });
}

/** For a route that takes uploads: its body has the server's own limit. */
export function leaveTimeFor(request: IncomingMessage): void {
  clearTimeout(timers.get(request));
}
