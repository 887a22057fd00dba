import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { invariant } from "../core/errors.ts";
import { CREDENTIAL_EXPIRES } from "./credential-end.ts";
import type { Dialect } from "./dialect.ts";
import { hasDoubledHost } from "./doubled-host.ts";
import { openFront } from "./front/front.ts";
import { hasTooLargeHeaders, REFUSE_LARGE_HEADERS } from "./header-limit.ts";
import { asReasonPhrase } from "./pipeline.ts";
import {
  answerQuickly,
  type QuickReply,
  type QuickRoute,
  type QuickServing,
  renderQuickly,
} from "./quick-answer.ts";
import type { WholeRequest } from "./wire-request.ts";

interface QuickRoutesOptions extends QuickServing {
  readonly dialects: readonly Dialect[];
  /** The dialect in whose shape a request for this URL is refused. */
  dialectOf(url: string): Dialect;
}

/** A larger body than a form with a bearer in it is left to the framework. */
const BODY_BYTES_MAX = 16_384;
const EMPTY = Buffer.alloc(0);

/**
 * Serves the routes marked `quick` before the framework. What services ask about each request of their own
 * takes microseconds, of which the framework's hooks and its reply object were a third
 * (bench/verify-http.ts). Only the transport differs: the steps are those of `runRoute`, as for every other
 * route. Requests of the usual form are read by the front; what it hands over comes here by Node's parser,
 * and a request of an unusual form is left to the framework, untouched.
 */
export function serveQuickRoutes(app: FastifyInstance, options: QuickRoutesOptions): void {
  const routes = quickRoutes(options.dialects);
  const [framework] = app.server.listeners("request") as RequestListener[];
  invariant(framework, "the framework listens");
  let closing = false;
  const find = (method: string, url: string, headers: IncomingHttpHeaders): QuickRoute | null => {
    const found = closing ? undefined : routes.get(method)?.get(pathOf(url));
    return found && !isCrossOrigin(found, headers) ? found : null;
  };
  const front = openFront(app.server, { serving: options, find, bodyBytesMax: BODY_BYTES_MAX });
  app.addHook("preClose", (done) => {
    closing = true;
    front.close();
    done();
  });
  app.server.removeListener("request", framework);
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = request;
    if (hasTooLargeHeaders(request)) {
      response.shouldKeepAlive = false;
      serve(
        { dialect: options.dialectOf(url), route: REFUSE_LARGE_HEADERS },
        request,
        response,
        EMPTY,
        options,
      );
      return;
    }
    const found = find(method, url, headers);
    if (!found || isUnusual(request)) {
      framework(request, response);
    } else if (found.route.method === "GET") {
      serve(found, request, response, EMPTY, options);
    } else {
      readWholeBody(request, (body) => {
        if (body === null) {
          framework(request, response);
        } else {
          serve(found, request, response, body, options);
        }
      });
    }
  });
}

/** The quick routes by method and path. */
function quickRoutes(dialects: readonly Dialect[]): ReadonlyMap<string, ReadonlyMap<string, QuickRoute>> {
  const routes = new Map<string, Map<string, QuickRoute>>();
  for (const dialect of dialects) {
    for (const route of dialect.routes.filter(({ quick }) => quick === true)) {
      invariant(
        !route.path.includes(":") && route.body !== "stream",
        "a quick route has a fixed path and a short body",
      );
      const ofMethod = routes.get(route.method) ?? new Map<string, QuickRoute>();
      routes.set(route.method, ofMethod.set(route.path, { dialect, route }));
    }
  }
  return routes;
}

/** A request that the parser may still refuse, or that the framework does. */
function isUnusual(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || hasDoubledHost(request);
}

/**
 * A page's request, which the framework answers with CORS headers where the operator has allowed the page's
 * origin.
 */
function isCrossOrigin({ dialect }: QuickRoute, headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined && dialect.givesVerdicts !== true;
}

function pathOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? url : url.slice(0, at);
}

/**
 * The body, if it is short and all of it has come with the head or right behind it; else null, and nothing is
 * taken of it.
 */
function readWholeBody(request: IncomingMessage, then: (body: Buffer | null) => void): void {
  const length = Number(request.headers["content-length"]);
  if (!(length > 0 && length <= BODY_BYTES_MAX)) {
    then(null);
    return;
  }
  request.once("readable", () => {
    const chunk = request.read() as Buffer | null;
    if (chunk !== null && chunk.length < length) {
      request.unshift(chunk);
    }
    then(chunk?.length === length ? chunk : null);
  });
}

function serve(
  found: QuickRoute,
  { method = "GET", url = "/", headers, socket }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  serving: QuickServing,
): void {
  const request: WholeRequest = { method, url, headers, socket, body };
  answerQuickly(found, request, serving, (reply) => writeReply(response, serving, reply));
}

/** Headers are a flat list, which Node writes directly; it would copy an object first. */
function writeReply(
  response: ServerResponse,
  serving: QuickServing,
  { reply, requestId, expires }: QuickReply,
): void {
  const { headers, text } = renderQuickly(reply);
  const ofRequest = ["x-request-id", requestId, ...(expires === null ? [] : [CREDENTIAL_EXPIRES, expires])];
  if (reply.reason !== undefined) {
    response.statusMessage = asReasonPhrase(reply.reason);
  }
  response.writeHead(reply.status, [...serving.headers, ...ofRequest, ...headers]);
  response.end(text);
}
