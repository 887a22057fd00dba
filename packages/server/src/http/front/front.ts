import type { IncomingHttpHeaders, Server } from "node:http";
import type { Socket } from "node:net";
import { invariant } from "../../core/errors.ts";
import type { QuickRoute, QuickServing } from "../quick-answer.ts";
import { FrontConnection, type FrontService } from "./connection.ts";
import { renderHeaders } from "./reply.ts";

interface FrontOptions {
  readonly serving: QuickServing;
  readonly bodyBytesMax: number;
  find(method: string, url: string, headers: IncomingHttpHeaders): QuickRoute | null;
}

export interface Front {
  /** Ends idle connections, and the others with the answer under way; later ones go to Node's server. */
  close(): void;
}

/**
 * Takes the connections of an HTTP server before its parser does (docs/decisions/0017): requests of the usual
 * form for quick routes are read and answered by some dozen lines of plain text work, which costs about half
 * of what Node's request and response objects do. Everything else goes to Node's own server, by the
 * documented way: the bytes are put back, and the socket is given to the server's `connection` event.
 */
export function openFront(server: Server, { serving, bodyBytesMax, find }: FrontOptions): Front {
  const [accept, another] = server.listeners("connection") as ((socket: Socket) => void)[];
  invariant(accept && !another, "Node's HTTP server alone takes connections");
  const connections = new Set<FrontConnection>();
  const service: FrontService = {
    serving,
    bodyBytesMax,
    common: renderHeaders(serving.headers),
    get firstRequestMs() {
      return server.headersTimeout;
    },
    get keepAliveMs() {
      return server.keepAliveTimeout;
    },
    find,
    handOver: (connection, socket) => {
      connections.delete(connection);
      accept.call(server, socket);
    },
    refuseSilent: (socket) => {
      const late = Object.assign(new Error("no request came"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
      server.emit("clientError", late, socket);
    },
  };
  let isClosing = false;
  server.removeListener("connection", accept);
  server.on("connection", (socket: Socket) => {
    if (isClosing) {
      accept.call(server, socket);
      return;
    }
    const connection = new FrontConnection(socket, service);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  });
  return {
    close: () => {
      isClosing = true;
      for (const connection of connections) {
        connection.close();
      }
    },
  };
}
