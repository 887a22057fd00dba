import { lookup } from "node:dns/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HEADER_BYTES_PARSED_MAX } from "./header-limit.ts";

const RETRY_AFTER_SECONDS = 1;
const HEADERS_TIMEOUT_MS = 15_000;
const BODY = JSON.stringify({ status: "starting" });

/**
 * Takes the port before anything else is created: a server that cannot have it must leave no account, key or
 * database behind. Until the hub is ready every path answers 503.
 */
export class FrontDoor {
  readonly #primary: Server;
  /** `localhost` may stand for an IPv4 and an IPv6 address; the second gets its own listener. */
  readonly #others: readonly Server[];

  private constructor(primary: Server, others: readonly Server[]) {
    this.#primary = primary;
    this.#others = others;
  }

  /** Throws what `listen` throws: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`. */
  static async open(at: { readonly host: string; readonly port: number }): Promise<FrontDoor> {
    const primary = await listen(at.host, at.port);
    const { address, port } = primary.address() as AddressInfo;
    const names = at.host === "localhost" ? await lookup(at.host, { all: true }) : [];
    const further = names.filter((name) => name.address !== address);
    // As in Fastify: `localhost` is served at what the machine offers of it.
    const others = await Promise.allSettled(further.map((name) => listen(name.address, port)));
    return new FrontDoor(
      primary,
      others.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])),
    );
  }

  get port(): number {
    return (this.#primary.address() as AddressInfo).port;
  }

  /**
   * From now on `server` gets every new connection. Connections that are open already were told to close with
   * their answer.
   */
  async handOver(server: Server): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#primary, () => {
        server.off("error", reject);
        resolve();
      });
    });
    for (const other of this.#others) {
      other.removeAllListeners("request");
      other.on("request", (request, response) => server.emit("request", request, response));
      other.on("clientError", (error, socket) => server.emit("clientError", error, socket));
      server.once("close", () => other.close());
    }
  }
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_PARSED_MAX }, answerNotReady);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

function answerNotReady(_request: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(503, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(BODY),
      "cache-control": "no-store",
      "retry-after": String(RETRY_AFTER_SECONDS),
      connection: "close",
    })
    .end(BODY);
}
