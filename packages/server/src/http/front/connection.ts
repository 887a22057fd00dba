import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { invariant } from "../../core/errors.ts";
import { answerQuickly, type QuickReply, type QuickRoute, type QuickServing } from "../quick-answer.ts";
import { type FrontRequest, readRequest } from "./head.ts";
import { renderReply } from "./reply.ts";

/** What a connection needs of the front. */
export interface FrontService {
  readonly serving: QuickServing;
  readonly bodyBytesMax: number;
  /** The headers that every answer carries, as lines. */
  readonly common: string;
  readonly firstRequestMs: number;
  readonly keepAliveMs: number;
  /** The quick route for such a request, or null if the framework must answer it. */
  find(method: string, url: string, headers: IncomingHttpHeaders): QuickRoute | null;
  /** Gives a connection to Node's own HTTP server, for good. */
  handOver(connection: FrontConnection, socket: Socket): void;
  /** Ends a connection on which no request came in time. */
  refuseSilent(socket: Socket): void;
}

/**
 * A connection whose requests are answered here, one after another and in order, as long as they are of the
 * usual form and for a quick route. Any other request goes to Node's HTTP server together with the
 * connection, which never comes back: so each byte is read by one parser only.
 */
export class FrontConnection {
  readonly #socket: Socket;
  readonly #service: FrontService;
  /** What was received and is not answered: the text from `#at` on. Empty unless reading is paused. */
  #received = "";
  #at = 0;
  /** True while the store is asked. */
  #isWaiting = false;
  #hasAnswered = false;
  /** True if the connection ends with the answer that is waited for. */
  #isLast = false;

  constructor(socket: Socket, service: FrontService) {
    this.#socket = socket;
    this.#service = service;
    socket.on("data", this.#onData);
    socket.on("drain", this.#goOn);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("timeout", this.#onTimeout);
    socket.setTimeout(service.firstRequestMs);
  }

  /** Ends the connection: now if it is idle, else with the answer to the request under way. */
  close(): void {
    if (this.#isWaiting) {
      this.#isLast = true;
    } else if (this.#received === "") {
      this.#socket.end();
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received = chunk.toString("latin1");
    this.#at = 0;
    this.#serve();
  };

  /** Answers what was left when reading was paused, and reads on. */
  readonly #goOn = (): void => {
    if (this.#isWaiting || this.#socket.writableNeedDrain || this.#socket.destroyed) {
      return;
    }
    this.#socket.resume();
    this.#serve();
  };

  readonly #onEnd = (): void => {
    if (this.#isWaiting) {
      this.#isLast = true;
    } else {
      this.#socket.end();
    }
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onTimeout = (): void => {
    if (this.#isWaiting) {
      return;
    }
    if (this.#hasAnswered) {
      this.#socket.destroy();
    } else {
      this.#service.refuseSilent(this.#socket);
    }
  };

  /** Answers all that was received; several answers leave in one write. */
  #serve(): void {
    let answers = "";
    while (this.#at < this.#received.length) {
      const request = readRequest(this.#received, this.#at, this.#service.bodyBytesMax);
      const found = request && this.#service.find(request.method, request.url, request.headers);
      if (!found) {
        this.#write(answers);
        this.#handOver();
        return;
      }
      this.#at = request.end;
      const answer = this.#answer(found, request);
      if (answer === null) {
        this.#write(answers);
        this.#socket.pause();
        return;
      }
      answers += answer;
    }
    this.#received = "";
    this.#write(answers);
  }

  /** The answer, or null if it comes later, by `#finish`. */
  #answer(found: QuickRoute, { method, url, headers, body }: FrontRequest): string | null {
    let answer: string | null = null;
    this.#isWaiting = true;
    let isLater = false;
    answerQuickly(
      found,
      { method, url, headers, body, socket: this.#socket },
      this.#service.serving,
      (reply) => {
        invariant(this.#isWaiting, "a request is answered once");
        answer = this.#render(reply);
        this.#isWaiting = false;
        if (isLater) {
          this.#finish(answer);
        }
      },
    );
    isLater = true;
    return answer;
  }

  #render(reply: QuickReply): string {
    const { common, keepAliveMs } = this.#service;
    return renderReply(common, reply, this.#isLast ? null : keepAliveMs / 1_000);
  }

  /** Sends an answer that the store was asked for, and goes on. */
  #finish(answer: string): void {
    if (this.#socket.destroyed) {
      return;
    }
    this.#write(answer);
    if (this.#isLast) {
      this.#socket.end();
    } else {
      this.#goOn();
    }
  }

  /** Pauses reading while the client does not read its answers. */
  #write(answers: string): void {
    if (answers === "") {
      return;
    }
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#socket.setTimeout(this.#service.keepAliveMs);
    }
    if (!this.#socket.write(answers, "latin1")) {
      this.#socket.pause();
    }
  }

  #handOver(): void {
    const socket = this.#socket;
    const rest = Buffer.from(this.#received.slice(this.#at), "latin1");
    this.#received = "";
    socket.off("data", this.#onData);
    socket.off("drain", this.#goOn);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onError);
    socket.off("timeout", this.#onTimeout);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(rest);
    this.#service.handOver(this, socket);
    socket.resume();
  }
}
