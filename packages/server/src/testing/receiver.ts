import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedMessage {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers a message; the default is 204. */
type Answer = (message: ReceivedMessage, response: ServerResponse) => void;

/** A webhook receiver on loopback that keeps what it got. */
export class Receiver {
  readonly received: ReceivedMessage[] = [];
  answer: Answer = (_message, response) => response.writeHead(204).end();
  readonly #server: Server;
  #port = 0;
  #waiting: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const message = { path: request.url ?? "", headers: request.headers, body };
        this.received.push(message);
        this.answer(message, response);
        for (const wake of this.#waiting.splice(0)) {
          wake();
        }
      });
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** The value of a header of each message, in the order they came. */
  header(name: string): readonly string[] {
    return this.received.map(({ headers }) => String(headers[name]));
  }

  /** Resolves when `count` messages have arrived. */
  async until(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Listens again after `kill`, on the same port. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Ends at once, with every connection. */
  kill(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
