import { HubError, invariant } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { type AnswerNote, blankNotes, type RequestNotes } from "./answer-note.ts";
import { expiresHeader } from "./credential-end.ts";
import type { AnyRoute, Dialect, WireReply, WireRequest } from "./dialect.ts";
import type { Forwarding } from "./forwarding.ts";
import { bodyOf, tryRoute } from "./pipeline.ts";
import type { Refusals } from "./refusals.ts";
import { toWireRequest, type WholeRequest } from "./wire-request.ts";

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

/** An answer on its way to the client. */
export interface QuickReply {
  readonly reply: WireReply;
  readonly requestId: string;
  /** When the credential that was shown ends: the value of its header. */
  readonly expires: string | null;
}

/** The part of an answer that is the dialect's own. */
export interface RenderedReply {
  /** Names and values in turn, with the content's type and length. */
  readonly headers: readonly string[];
  readonly text: string;
}

/** What is done with the answer to a request. */
type Write = (reply: QuickReply) => void;

/**
 * Answers a request of a quick route, whichever transport received it. The steps are those of `runRoute`, as
 * for every other route. `write` is called once, in this turn if nothing must be asked of the store; if it
 * throws for what a reply holds, it is called again with the refusal.
 */
export function answerQuickly(
  route: QuickRoute,
  request: WholeRequest,
  serving: QuickServing,
  write: Write,
): void {
  const answer = new QuickAnswer(route, request, serving, write);
  let reply: WireReply | HubError | Promise<WireReply | HubError>;
  try {
    reply = answer.run();
  } catch (error) {
    answer.refuse(error);
    return;
  }
  if (reply instanceof Promise) {
    reply.then(
      (late) => answer.send(late),
      (error) => answer.refuse(error),
    );
  } else {
    answer.send(reply);
  }
}

/** One request of a quick route, from its head to the note of its answer. */
class QuickAnswer implements AnswerNote {
  readonly #route: QuickRoute;
  readonly #request: WholeRequest;
  readonly #serving: QuickServing;
  readonly #write: Write;
  readonly #startedAt = performance.now();
  readonly #wire: WireRequest;
  readonly id: string;
  readonly address: string | null;
  readonly notes: RequestNotes;
  status = 0;
  ms = 0;

  constructor(route: QuickRoute, request: WholeRequest, serving: QuickServing, write: Write) {
    this.#route = route;
    this.#request = request;
    this.#serving = serving;
    this.#write = write;
    this.id = serving.requestId();
    this.address = serving.forwarding.addressOf(request);
    this.notes = blankNotes(route.dialect.name, route.route.quiet === true);
    this.#wire = toWireRequest(request, this.id, this.address);
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#request.url;
  }

  get agent(): string | undefined {
    return this.#request.headers["user-agent"];
  }

  original(): string | null {
    return this.#serving.forwarding.originalOf(this.#request);
  }

  run(): WireReply | HubError | Promise<WireReply | HubError> {
    const { dialect, route } = this.#route;
    return tryRoute({ hub: this.#serving.hub, dialect, route, request: this.#wire, notes: this.notes });
  }

  send(reply: WireReply | HubError): void {
    if (reply instanceof HubError) {
      this.refuse(reply);
      return;
    }
    try {
      this.#finish(reply);
    } catch (error) {
      this.refuse(error);
    }
  }

  refuse(error: unknown): void {
    this.#finish(this.#serving.refusals.of(this.#route.dialect, error, this.#wire, this.notes));
  }

  #finish(reply: WireReply): void {
    const { hub } = this.#serving;
    this.#write({ reply, requestId: this.id, expires: expiresHeader(hub, this.#wire.shown) });
    this.status = reply.status;
    this.ms = performance.now() - this.#startedAt;
    this.#serving.answered(this);
  }
}

export function renderQuickly(reply: WireReply): RenderedReply {
  const { body, contentType } = bodyOf(reply);
  const own = reply.headers ?? {};
  const headers: string[] = [];
  for (const name in own) {
    headers.push(name, String(own[name]));
  }
  if (contentType !== null) {
    headers.push("content-type", contentType);
  }
  const text = body === null ? "" : body;
  invariant(typeof text === "string", "a quick route writes text");
  headers.push("content-length", String(Buffer.byteLength(text)));
  return { headers, text };
}
