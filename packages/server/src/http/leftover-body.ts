import type { IncomingMessage, Server, ServerResponse } from "node:http";

const LOOK_MS = 50;
/** After the answer, the rest of a body has this long to arrive. */
const LEFTOVER_MS = 30_000;
/** The most that is read after the answer from a client that showed no credential. */
const STRANGER_BYTES_MAX = 2 * 1024 * 1024;
/** As much as an upload may have: a proxy may pass on a body that only the service behind it reads. */
const LEFTOVER_BYTES_MAX = 110 * 1024 * 1024;

/**
 * Ends the connection of a client that goes on sending the body of a request that was answered. Node reads
 * and discards such a body without a limit, and a body in chunks has no announced length.
 */
export function boundLeftovers(server: Server): void {
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { headers, socket } = request;
    if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) {
      return;
    }
    response.once("finish", () => {
      if (request.complete || socket.destroyed) {
        return;
      }
      const bytesMax = headers.authorization === undefined ? STRANGER_BYTES_MAX : LEFTOVER_BYTES_MAX;
      const bytesBefore = socket.bytesRead;
      const answeredAt = performance.now();
      // Node discards the rest below the level at which it could be counted chunk by chunk.
      const timer = setInterval(() => {
        const isOver = request.complete || socket.destroyed;
        const isTooMuch = socket.bytesRead - bytesBefore > bytesMax;
        if (!isOver && (isTooMuch || performance.now() - answeredAt > LEFTOVER_MS)) {
          socket.destroy();
        }
        if (isOver || socket.destroyed) {
          clearInterval(timer);
        }
      }, LOOK_MS);
      timer.unref();
    });
  });
}
