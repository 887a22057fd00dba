import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Harness } from "./harness.ts";

/** A running hub at two ports. */
export interface TwoParsers {
  /** As every client reaches it. */
  readonly front: number;
  /** The same hub, with every connection read by Node's own parser. */
  readonly node: number;
  close(): void;
}

/** Opens a port at which Node's parser reads every connection of the hub, next to the usual one. */
export async function listenTwice({ server }: Harness): Promise<TwoParsers> {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const [accept] = createHttpServer().listeners("connection") as ((socket: Socket) => void)[];
  // As Node's HTTP server sets up its own sockets.
  const plain = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    accept?.call(server.app.server, socket),
  );
  await new Promise<void>((resolve) => {
    plain.listen(0, "127.0.0.1", () => resolve());
  });
  return {
    front: (server.app.server.address() as AddressInfo).port,
    node: (plain.address() as AddressInfo).port,
    close: () => plain.close(),
  };
}

/** What the server sends until it closes the connection, without what differs between two answers. */
export async function exchange(
  port: number,
  parts: readonly string[],
  { halfCloses = false }: { readonly halfCloses?: boolean } = {},
): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const received: Buffer[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => received.push(chunk));
    socket.once("close", () => resolve());
    // A server that refuses may reset the connection while the client still sends.
    socket.once("error", () => resolve());
  });
  for (const part of parts) {
    await new Promise<void>((resolve) => {
      socket.write(part, "latin1", () => resolve());
    });
    // The next part becomes a packet of its own.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  if (halfCloses) {
    socket.end();
  }
  await closed;
  socket.destroy();
  return Buffer.concat(received)
    .toString("latin1")
    .replace(/^(date|x-request-id): .*\r\n/gim, "")
    .replace(/"request_?id":"[^"]*"/gi, "");
}
