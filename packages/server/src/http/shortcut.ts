import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Dialect, Shortcut } from "./dialect.ts";
import { type RequestNotes, readAgent } from "./pipeline.ts";

/** An answer as it is written down. */
export interface AnswerNote {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  readonly address: string | null;
  readonly agent: string | undefined;
  readonly notes: RequestNotes;
}

export interface ShortcutOptions {
  readonly dialects: readonly Dialect[];
  /** Headers that every answer carries: names and values in turn. */
  readonly headers: readonly string[];
  requestId(): string;
  /** Is a forwarded address believed? Then the pipeline works it out. */
  readonly trustsProxies: boolean;
  answered(answer: AnswerNote): void;
}

/**
 * A door before the framework, for yes alone. What a proxy asks for each request of its own is a matter of microseconds, of which Fastify's
 * hooks, the pipeline's promises and the reply object were more than half (bench/verify-http.ts). Whatever is not answered here, and above
 * all every refusal, takes the one way through the pipeline.
 */
export function openShortcuts(app: FastifyInstance, options: ShortcutOptions): void {
  const shortcuts = options.dialects.flatMap(({ name, shortcut }) => (shortcut ? [{ name, shortcut }] : []));
  const [listener] = app.server.listeners("request") as RequestListener[];
  if (!listener || shortcuts.length === 0) {
    return;
  }
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.server.removeListener("request", listener);
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const isAnswered =
      !closing && shortcuts.some(({ name, shortcut }) => take(request, response, name, shortcut, options));
    if (!isAnswered) {
      listener(request, response);
    }
  });
}

function take(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  shortcut: Shortcut,
  options: ShortcutOptions,
): boolean {
  const { headers, method = "GET", url = "/" } = request;
  if (
    options.trustsProxies &&
    (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined)
  ) {
    return false;
  }
  const began = performance.now();
  const agent = headers["user-agent"];
  const address = request.socket.remoteAddress ?? null;
  const answer = shortcut({ method, url, headers, origin: { address, agent: readAgent(agent) } });
  if (!answer) {
    return false;
  }
  const id = options.requestId();
  // A flat list: Node writes it as it is, where it copies an object first.
  response.writeHead(200, [...options.headers, "x-request-id", id, ...answer.headers]);
  response.end();
  options.answered({
    id,
    method,
    url,
    status: 200,
    ms: performance.now() - began,
    address,
    agent,
    notes: { dialect: name, caller: answer.caller, refusal: null, detail: null },
  });
  return true;
}
