import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { invariant } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { type AnswerNote, blankNotes } from "./answer-note.ts";
import { CREDENTIAL_EXPIRES, expiresHeader } from "./credential-end.ts";
import type { AnyRoute, Dialect, WireReply } from "./dialect.ts";
import { hasDoubledHost } from "./doubled-host.ts";
import type { Forwarding } from "./forwarding.ts";
import { hasTooLargeHeaders, REFUSE_LARGE_HEADERS } from "./header-limit.ts";
import { asReasonPhrase, bodyOf, runRoute } from "./pipeline.ts";
import type { Refusals } from "./refusals.ts";
import { toWireRequest } from "./wire-request.ts";

interface QuickRoutesOptions {
  readonly hub: Hub;
  readonly dialects: readonly Dialect[];
  /** The dialect in whose shape a request for this URL is refused. */
  dialectOf(url: string): Dialect;
  /** Headers that every answer carries: names and values in turn. */
  readonly headers: readonly string[];
  readonly forwarding: Forwarding;
  readonly refusals: Refusals;
  requestId(): string;
  answered(answer: AnswerNote): void;
}

interface QuickRoute {
  readonly dialect: Dialect;
  readonly route: AnyRoute;
}

/** A larger body than a form with a bearer in it is left to the framework. */
const BODY_BYTES_MAX = 16_384;
const EMPTY = Buffer.alloc(0);

/**
 * Serves the routes marked `quick` before the framework. What services ask about each request of their own
 * takes microseconds, of which the framework's hooks and its reply object were a third
 * (bench/verify-http.ts). Only the transport differs: the steps are those of `runRoute`, as for every other
 * route. A request of an unusual form is left to the framework, untouched.
 */
export function serveQuickRoutes(app: FastifyInstance, options: QuickRoutesOptions): void {
  const routes = quickRoutes(options.dialects);
  const [framework] = app.server.listeners("request") as RequestListener[];
  invariant(framework, "the framework listens");
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.server.removeListener("request", framework);
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (hasTooLargeHeaders(request)) {
      response.shouldKeepAlive = false;
      const dialect = options.dialectOf(request.url ?? "/");
      serve({ dialect, route: REFUSE_LARGE_HEADERS }, request, response, EMPTY, options);
      return;
    }
    const found = closing ? undefined : routes.get(`${request.method} ${pathOf(request.url ?? "/")}`);
    if (!found || isCrossOrigin(found, request) || isUnusual(request)) {
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

function quickRoutes(dialects: readonly Dialect[]): ReadonlyMap<string, QuickRoute> {
  const routes = new Map<string, QuickRoute>();
  for (const dialect of dialects) {
    for (const route of dialect.routes.filter(({ quick }) => quick === true)) {
      invariant(
        !route.path.includes(":") && route.body !== "stream",
        "a quick route has a fixed path and a short body",
      );
      routes.set(`${route.method} ${route.path}`, { dialect, route });
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
function isCrossOrigin({ dialect }: QuickRoute, { headers }: IncomingMessage): boolean {
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
  { dialect, route }: QuickRoute,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: QuickRoutesOptions,
): void {
  const startedAt = performance.now();
  const { hub, forwarding } = options;
  const { headers, method = "GET", url = "/" } = request;
  const address = forwarding.addressOf(request);
  const id = options.requestId();
  const notes = blankNotes(dialect.name, route.quiet === true);
  const wire = toWireRequest({ id, method, url, headers, params: {}, body, address, socket: request.socket });
  const send = (reply: WireReply): void => {
    const common = options.headers.concat("x-request-id", id);
    const expires = expiresHeader(hub, wire.shown);
    if (expires !== null) {
      common.push(CREDENTIAL_EXPIRES, expires);
    }
    writeReply(response, common, reply);
    options.answered({
      id,
      method,
      url,
      status: reply.status,
      ms: performance.now() - startedAt,
      address,
      agent: headers["user-agent"],
      original: () => forwarding.originalOf(request),
      notes,
    });
  };
  const refuse = (error: unknown): void =>
    send(options.refusals.of(dialect, error, { id, method, url, headers, origin: wire.origin }, notes));
  const answer = (reply: WireReply): void => {
    try {
      send(reply);
    } catch (error) {
      refuse(error);
    }
  };
  let reply: WireReply | Promise<WireReply>;
  try {
    reply = runRoute(hub, dialect, route, wire, notes);
  } catch (error) {
    refuse(error);
    return;
  }
  if (reply instanceof Promise) {
    reply.then(answer, refuse);
  } else {
    answer(reply);
  }
}

/** Headers are a flat list, which Node writes directly; it would copy an object first. */
function writeReply(response: ServerResponse, headers: string[], reply: WireReply): void {
  const { body, contentType } = bodyOf(reply);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    headers.push(name, String(value));
  }
  if (contentType !== null) {
    headers.push("content-type", contentType);
  }
  const text = body === null ? "" : body;
  invariant(typeof text === "string", "a quick route writes text");
  headers.push("content-length", String(Buffer.byteLength(text)));
  if (reply.reason !== undefined) {
    response.statusMessage = asReasonPhrase(reply.reason);
  }
  response.writeHead(reply.status, headers);
  response.end(text);
}
