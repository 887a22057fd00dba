import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { CREDENTIAL_EXPIRES, expiresHeader, type ShownCredential } from "./credential-end.ts";
import type { Dialect, ShortAnswer, Shortcut, ShortRequest, WireReply } from "./dialect.ts";
import type { Forwarding } from "./forwarding.ts";
import { asReasonPhrase, type RequestNotes, readAgent, refusalOf } from "./pipeline.ts";

/** An answer as it is written down. */
export interface AnswerNote {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  readonly address: string | null;
  readonly agent: string | undefined;
  /** The request that a proxy asked about. */
  original(): string | null;
  readonly notes: RequestNotes;
}

interface ShortcutOptions {
  readonly hub: Hub;
  readonly dialects: readonly Dialect[];
  /** Headers that every answer carries: names and values in turn. */
  readonly headers: readonly string[];
  readonly forwarding: Forwarding;
  requestId(): string;
  answered(answer: AnswerNote): void;
}

interface Door {
  readonly dialect: Dialect;
  readonly shortcut: Shortcut;
}

/** Larger bodies than a secret or a bearer in a form are the framework's business. */
const BODY_BYTES_MAX = 16_384;
const EMPTY = Buffer.alloc(0);

/**
 * Doors before the framework. What services ask about each request of their own is a matter of microseconds, of which Fastify's hooks, the
 * pipeline's promises and the reply object were more than half (bench/verify-http.ts). Whatever a shortcut does not know takes the one way
 * through the pipeline, untouched.
 */
export function openShortcuts(app: FastifyInstance, options: ShortcutOptions): void {
  const doors = new Map<string, Door>();
  for (const dialect of options.dialects) {
    for (const shortcut of dialect.shortcuts ?? []) {
      doors.set(`${shortcut.method} ${shortcut.path}`, { dialect, shortcut });
    }
  }
  const [listener] = app.server.listeners("request") as RequestListener[];
  if (!listener || doors.size === 0) {
    return;
  }
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.server.removeListener("request", listener);
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const door = doors.get(`${request.method} ${pathOf(request.url ?? "/")}`);
    const attempt = (body: Buffer): boolean =>
      door !== undefined && !closing && enter(door, request, response, body, options);
    if (door?.shortcut.method !== "POST") {
      if (!attempt(EMPTY)) {
        listener(request, response);
      }
      return;
    }
    readWholeBody(request, (body) => {
      if (body !== null && attempt(body)) {
        return;
      }
      if (body !== null) {
        request.unshift(body);
      }
      listener(request, response);
    });
  });
}

function pathOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? url : url.slice(0, at);
}

/** The body if it is short and all of it has come with the head or right behind it; else null, and what has come is there to be read again. */
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

/** True when the request was answered. */
function enter(
  { dialect, shortcut }: Door,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: ShortcutOptions,
): boolean {
  const began = performance.now();
  const { headers, method = "GET", url = "/" } = request;
  const agent = headers["user-agent"];
  const address = options.forwarding.addressOf(request);
  const origin = { address, agent: readAgent(agent) };
  const shown: ShownCredential = { credential: null };
  const outcome = ask(shortcut, { method, url, headers, body, origin, shown });
  if (!outcome) {
    return false;
  }
  const id = options.requestId();
  const common = options.headers.concat("x-request-id", id);
  const expires = expiresHeader(options.hub, shown);
  if (expires !== null) {
    common.push(CREDENTIAL_EXPIRES, expires);
  }
  const notes: RequestNotes = { dialect: dialect.name, caller: null, refusal: null, detail: null };
  let status = 200;
  if (outcome instanceof HubError) {
    const reply = refusalOf(dialect, outcome, { id, method, url, headers });
    status = reply.status;
    notes.refusal = outcome.code;
    notes.detail = outcome.detail ?? null;
    writeRefusal(response, common, reply);
  } else {
    notes.caller = outcome.caller;
    writeAnswer(response, common, outcome);
  }
  const ms = performance.now() - began;
  const original = () => options.forwarding.originalOf(request);
  options.answered({ id, method, url, status, ms, address, agent, original, notes });
  return true;
}

/** What is no plain refusal happens again in the pipeline, which knows how to report it. */
function ask(shortcut: Shortcut, request: ShortRequest): ShortAnswer | HubError | null {
  try {
    return shortcut.answer(request);
  } catch (error) {
    const isRefusal =
      error instanceof HubError && error.code !== "internal" && error.code !== "store_unavailable";
    return isRefusal ? error : null;
  }
}

/** Headers go as a flat list: Node writes it as it is, where it copies an object first. */
function writeAnswer(response: ServerResponse, headers: string[], answer: ShortAnswer): void {
  headers.push(...answer.headers, "content-length", String(Buffer.byteLength(answer.body)));
  response.writeHead(200, headers);
  response.end(answer.body);
}

function writeRefusal(response: ServerResponse, headers: string[], reply: WireReply): void {
  const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    headers.push(name, String(value));
  }
  headers.push("content-type", reply.contentType ?? "application/json; charset=utf-8");
  headers.push("content-length", String(Buffer.byteLength(body)));
  if (reply.reason !== undefined) {
    response.statusMessage = asReasonPhrase(reply.reason);
  }
  response.writeHead(reply.status, headers);
  response.end(body);
}
