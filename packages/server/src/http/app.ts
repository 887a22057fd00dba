import { METHODS as PARSED_METHODS } from "node:http";
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { HubError, invariant } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { AnswerLog, type LineSink } from "./answer-log.ts";
import { type AnswerNote, blankNotes, type RequestNotes } from "./answer-note.ts";
import { leaveTimeFor, timeBodies } from "./body-timer.ts";
import type { Console } from "./console.ts";
import { registerCors } from "./cors.ts";
import { CREDENTIAL_EXPIRES, expiresHeader } from "./credential-end.ts";
import type { AnyRoute, Dialect, WireReply, WireRequest } from "./dialect.ts";
import { hasDoubledHost } from "./doubled-host.ts";
import { drainIfRefused } from "./drain.ts";
import { type Forwarding, readForwarding } from "./forwarding.ts";
import { HEADER_BYTES_PARSED_MAX } from "./header-limit.ts";
import { registerHealth } from "./health.ts";
import { boundLeftovers } from "./leftover-body.ts";
import { Metrics, type MetricsReaders } from "./metrics.ts";
import { parserErrors } from "./parser-errors.ts";
import { runRoute, sendReply } from "./pipeline.ts";
import { serveQuickRoutes } from "./quick-routes.ts";
import { Refusals } from "./refusals.ts";
import { fromFramework, readAgent } from "./wire-request.ts";

export interface AppOptions {
  readonly hub: Hub;
  readonly dialects: readonly Dialect[];
  readonly logger: FastifyBaseLogger;
  /** Takes the line of each answer; without it none is written. */
  readonly logLines?: LineSink | undefined;
  readonly logLinesDropped?: (() => number) | undefined;
  readonly trustedProxies: readonly string[];
  readonly metricsReaders: MetricsReaders | null;
  /** The origins whose pages may call the hub from a browser. */
  readonly corsOrigins?: readonly string[];
  readonly console?: Console | null;
}

const BODY_BYTES_MAX = 1_048_576;
const HEADERS_TIMEOUT_MS = 15_000;
/** Long enough for a 100 MB artifact over a slow connection; headers and JSON have much less time. */
const REQUEST_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

interface Noted {
  notes?: RequestNotes;
  startedAt?: number;
}

/** The HTTP server over the hub: names no dialect, mounts those it is given. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { hub, dialects } = options;
  const metrics = new Metrics(hub, options.logLinesDropped);
  const forwarding = readForwarding(options.trustedProxies);
  const refusals = new Refusals(hub, metrics, { log: options.logger, forwarding });
  const requestId = requestIds(hub);
  const headers = headersOfAll(hub.policy.publicUrl.startsWith("https:"));
  const app = fastify({
    loggerInstance: options.logger,
    // A logger per request costs as much as the rest of a short answer; lines that need the request's id name
    // it.
    childLoggerFactory: (logger) => logger,
    // One line for each answer is written by `observe`, with what an operator asks for.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 512 },
    rewriteUrl: (request) => respell(dialects, request.url ?? "/"),
    genReqId: requestId,
    forceCloseConnections: "idle",
    http: { maxHeaderSize: HEADER_BYTES_PARSED_MAX },
    clientErrorHandler: parserErrors({
      dialectOf: (url) => dialectOf(dialects, respell(dialects, url)),
      refusals,
      log: options.logger,
      headers,
      requestId,
    }),
    // A path that cannot be decoded never reaches a route, nor the hooks that note requests.
    frameworkErrors: (error, request, reply) => {
      const found = dialectOf(dialects, request.url);
      refuse(refusals, found, error, request as unknown as FastifyRequest, reply as unknown as FastifyReply);
    },
  }) as unknown as FastifyInstance;
  for (const method of EVERY_METHOD.filter((known) => !app.supportedMethods.includes(known))) {
    app.addHttpMethod(method, { hasBody: true });
  }
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  const answered = answerNotes(options, metrics);
  observe(app, headers, forwarding, answered);
  registerCors(app, options.corsOrigins ?? [], (url) => dialectOf(dialects, url).givesVerdicts === true);
  // Routes keep the error handler that is set when they are registered.
  refuseUnknownPaths(app, dialects, { refusals, console: options.console ?? null });
  registerHealth(app, hub, metrics, options.metricsReaders, forwarding);
  options.console?.register(app);
  for (const dialect of dialects) {
    await app.register(async (scope) => mount(scope, { hub, dialect, refusals, forwarding }));
  }
  serveQuickRoutes(app, {
    hub,
    dialects,
    dialectOf: (url) => dialectOf(dialects, respell(dialects, url)),
    headers: [...Object.entries(headers).flat(), "cache-control", "no-store"],
    requestId,
    forwarding,
    refusals,
    answered,
  });
  timeBodies(app.server);
  boundLeftovers(app.server);
  return app;
}

/** What the routes of one dialect are served with. */
interface Mounting {
  readonly hub: Hub;
  readonly dialect: Dialect;
  readonly refusals: Refusals;
  readonly forwarding: Forwarding;
}

/**
 * Unique across processes and runs. Nothing depends on their being unpredictable, so they need no entropy
 * each.
 */
function requestIds(hub: Hub): () => string {
  const process = hub.randomBytes(6).toString("base64url").slice(0, 6);
  let count = 0;
  return () => {
    count += 1;
    return process + count.toString(36).padStart(6, "0");
  };
}

function mount(scope: FastifyInstance, mounting: Mounting): void {
  const { dialect, refusals } = mounting;
  // Every dialect reads its bodies by its own rules, so the server only collects the bytes.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  scope.setErrorHandler((error, request, reply) => refuse(refusals, dialect, error, request, reply));
  const methodsByPath = new Map<string, Set<string>>();
  for (const route of dialect.routes.filter((candidate) => candidate.body !== "stream")) {
    register(scope, mounting, route, methodsByPath);
  }
  scope.register(async (streaming) => {
    streaming.addHook("onRequest", (request, _reply, done) => {
      leaveTimeFor(request.raw);
      done();
    });
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    for (const route of dialect.routes.filter((candidate) => candidate.body === "stream")) {
      register(streaming, mounting, route, methodsByPath);
    }
    refuseOtherMethods(streaming, dialect, methodsByPath, refusals);
  });
}

function register(
  scope: FastifyInstance,
  { hub, dialect, forwarding }: Mounting,
  route: AnyRoute,
  methodsByPath: Map<string, Set<string>>,
): void {
  const methods = methodsOf(route);
  const known = methodsByPath.get(route.path) ?? new Set<string>();
  const fresh = methods.filter((method) => !known.has(method));
  methodsByPath.set(route.path, new Set([...known, ...fresh]));
  scope.route({
    method: fresh,
    url: route.path,
    ...(route.body === "stream" ? { bodyLimit: Number.MAX_SAFE_INTEGER } : {}),
    handler: (request, reply) => {
      const notes = notesOf(request);
      notes.dialect = dialect.name;
      notes.quiet = route.quiet === true;
      const wire = fromFramework(request, forwarding.addressOf(request.raw));
      const send = (answer: WireReply): FastifyReply => {
        writeEndHeader(hub, reply, wire);
        return sendReply(reply, answer);
      };
      const fail = (error: unknown): never => {
        writeEndHeader(hub, reply, wire);
        throw error;
      };
      const run = () => runRoute(hub, dialect, route, wire, notes);
      let answer: WireReply | Promise<WireReply>;
      try {
        answer = route.body === "stream" ? drainIfRefused(request.raw, reply.raw, run) : run();
      } catch (error) {
        return fail(error);
      }
      if (answer instanceof Promise) {
        return answer.then(send, fail);
      }
      send(answer);
      return undefined;
    },
  });
}

/** All that Node's parser knows, but for `CONNECT`, which is no question about a path. */
const EVERY_METHOD = PARSED_METHODS.filter((method) => method !== "CONNECT");

function methodsOf({ method, changesState, otherMethods }: AnyRoute): readonly string[] {
  if (otherMethods === true) {
    return EVERY_METHOD.filter((other) => other !== "OPTIONS");
  }
  return method === "GET" && changesState !== true ? ["GET", "HEAD"] : [method];
}

/**
 * Also on refusals: a script whose request fails for another reason should still see that its credential ends
 * soon.
 */
function writeEndHeader(hub: Hub, reply: FastifyReply, { shown }: WireRequest): void {
  const expires = expiresHeader(hub, shown);
  if (expires !== null) {
    reply.header(CREDENTIAL_EXPIRES, expires);
  }
}

function refuseOtherMethods(
  scope: FastifyInstance,
  dialect: Dialect,
  methodsByPath: ReadonlyMap<string, ReadonlySet<string>>,
  refusals: Refusals,
): void {
  for (const [path, known] of methodsByPath) {
    const others = METHODS.filter((method) => !known.has(method));
    scope.route({
      method: others,
      url: path,
      handler: (request, reply) => {
        reply.header("allow", [...known].join(", "));
        return refuse(refusals, dialect, new HubError("method_not_allowed"), request, reply);
      },
    });
  }
}

function refuseUnknownPaths(
  app: FastifyInstance,
  dialects: readonly Dialect[],
  { refusals, console }: { readonly refusals: Refusals; readonly console: Console | null },
): void {
  app.setNotFoundHandler((request, reply) => {
    if (console && isLostVisitor(dialects, request)) {
      return console.sendNotFound(reply);
    }
    const dialect = dialectOf(dialects, request.url);
    const code = isPathOf(dialect, request.url) ? "method_not_allowed" : "not_found";
    return refuse(refusals, dialect, new HubError(code), request, reply);
  });
  app.setErrorHandler((error, request, reply) =>
    refuse(refusals, dialectOf(dialects, request.url), error, request, reply),
  );
}

/**
 * True for a person who follows a wrong link: a browser asks for a page (`text/html` comes first in its
 * `Accept`) below no system's path. Programs, and everything below `/api`, get the 404 of their system.
 */
function isLostVisitor(dialects: readonly Dialect[], { method, url, headers }: FastifyRequest): boolean {
  const taken = [...dialects.flatMap(({ prefixes }) => prefixes), "/api", "/console-assets"];
  return (
    method === "GET" &&
    /^text\/html\b/i.test(headers.accept ?? "") &&
    taken.every((prefix) => prefix === "/" || !isBelow(url, prefix))
  );
}

/** Rare methods (`PROPFIND`, `PURGE`) have no route that refuses them, so their paths are compared here. */
function isPathOf({ routes }: Dialect, url: string): boolean {
  const path = url.replace(/\?.*$/s, "").replace(/\/+$/, "");
  return routes.some((route) => {
    const pattern = route.path
      .replace(/[.+^$(){}|[\]\\]/g, "\\$&")
      .replace(/:\w+/g, "[^/]+")
      .replace("*", ".*");
    return new RegExp(`^${pattern}$`).test(path);
  });
}

/** Whose prefix the path bears: the longest one that fits, else the last dialect's. */
function dialectOf(dialects: readonly Dialect[], url: string): Dialect {
  const [longest] = dialects
    .flatMap((dialect) => dialect.prefixes.map((prefix) => ({ prefix, dialect })))
    .filter(({ prefix }) => isBelow(url, prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const found = longest?.dialect ?? dialects[dialects.length - 1];
  invariant(found, "the server has a dialect");
  return found;
}

function isBelow(url: string, prefix: string): boolean {
  return (
    url === prefix ||
    url.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`) ||
    url.startsWith(`${prefix}?`)
  );
}

function respell(dialects: readonly Dialect[], url: string): string {
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const query = at < 0 ? "" : url.slice(at);
  let spelled = path;
  for (const dialect of dialects) {
    spelled = dialect.respell?.(spelled) ?? spelled;
  }
  return spelled + query;
}

/** Answers a thrown error with the dialect's refusal. */
function refuse(
  refusals: Refusals,
  dialect: Dialect,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { id, method, url, headers } = request;
  const origin = {
    address: refusals.forwarding.addressOf(request.raw),
    agent: readAgent(headers["user-agent"]),
  };
  const refused = { id, method, url, headers, origin };
  return sendReply(reply, refusals.of(dialect, error, refused, notesOf(request)));
}

function notesOf(request: FastifyRequest): RequestNotes {
  const noted = request as FastifyRequest & Noted;
  noted.notes ??= blankNotes("none", false);
  return noted.notes;
}

/** The headers that every answer carries. */
function headersOfAll(isHttps: boolean): Readonly<Record<string, string>> {
  return {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    ...(isHttps ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/** What notes each answer: the metrics, and the log if there is one. */
function answerNotes({ logLines, logger }: AppOptions, metrics: Metrics): (answer: AnswerNote) => void {
  const log = logLines ? new AnswerLog(logLines, logger.level) : null;
  return (answer) => {
    const { method, status, ms, notes } = answer;
    metrics.countAnswer({ dialect: notes.dialect, method, status }, ms / 1000);
    log?.note(answer);
  };
}

function observe(
  app: FastifyInstance,
  headers: Readonly<Record<string, string>>,
  forwarding: Forwarding,
  answered: (answer: AnswerNote) => void,
): void {
  app.addHook("onRequest", (request, reply, done) => {
    (request as FastifyRequest & Noted).startedAt = performance.now();
    reply.header("x-request-id", request.id);
    for (const name in headers) {
      reply.header(name, headers[name]);
    }
    done(hasDoubledHost(request.raw) ? new HubError("malformed_request") : undefined);
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { startedAt = performance.now() } = request as FastifyRequest & Noted;
    answered({
      id: request.id,
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: performance.now() - startedAt,
      address: forwarding.addressOf(request.raw),
      agent: request.headers["user-agent"],
      original: () => forwarding.originalOf(request.raw),
      notes: notesOf(request),
    });
    done();
  });
}
