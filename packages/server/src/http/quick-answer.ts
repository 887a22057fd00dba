import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { invariant } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { type AnswerNote, blankNotes } from "./answer-note.ts";
import { CREDENTIAL_EXPIRES, expiresHeader } from "./credential-end.ts";
import type { AnyRoute, Dialect, WireReply } from "./dialect.ts";
import type { Forwarding } from "./forwarding.ts";
import { bodyOf, runRoute } from "./pipeline.ts";
import type { Refusals } from "./refusals.ts";
import { toWireRequest } from "./wire-request.ts";

/** What every answer of a quick route needs. */
export interface QuickServing {
  readonly hub: Hub;
  /** Headers that every answer carries: names and values in turn. */
  readonly headers: readonly string[];
  readonly forwarding: Forwarding;
  readonly refusals: Refusals;
  requestId(): string;
  answered(answer: AnswerNote): void;
}

export interface QuickRoute {
  readonly dialect: Dialect;
  readonly route: AnyRoute;
}

/** A request whose body has been received. */
export interface QuickRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  readonly body: Buffer;
}

export interface QuickReply {
  readonly status: number;
  readonly reason: string | undefined;
  /** Names and values in turn, without those of `QuickServing.headers`. */
  readonly headers: readonly string[];
  readonly text: string;
}

/**
 * Answers a request of a quick route, whichever transport received it. The steps are those of `runRoute`, as
 * for every other route. `write` is called once, in this turn if nothing must be asked of the store; if it
 * throws for what a reply holds, it is called again with the refusal.
 */
export function answerQuickly(
  { dialect, route }: QuickRoute,
  request: QuickRequest,
  serving: QuickServing,
  write: (reply: QuickReply) => void,
): void {
  const startedAt = performance.now();
  const { hub, forwarding } = serving;
  const { headers, method, url, body, socket } = request;
  const address = forwarding.addressOf(request);
  const id = serving.requestId();
  const notes = blankNotes(dialect.name, route.quiet === true);
  const wire = toWireRequest({ id, method, url, headers, params: {}, body, address, socket });
  const send = (reply: WireReply): void => {
    const own = ["x-request-id", id];
    const expires = expiresHeader(hub, wire.shown);
    if (expires !== null) {
      own.push(CREDENTIAL_EXPIRES, expires);
    }
    write(quickReply(own, reply));
    serving.answered({
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
    send(serving.refusals.of(dialect, error, { id, method, url, headers, origin: wire.origin }, notes));
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

function quickReply(headers: string[], reply: WireReply): QuickReply {
  const { body, contentType } = bodyOf(reply);
  const own = reply.headers ?? {};
  for (const name in own) {
    headers.push(name, String(own[name]));
  }
  if (contentType !== null) {
    headers.push("content-type", contentType);
  }
  const text = body === null ? "" : body;
  invariant(typeof text === "string", "a quick route writes text");
  headers.push("content-length", String(Buffer.byteLength(text)));
  return { status: reply.status, reason: reply.reason, headers, text };
}
