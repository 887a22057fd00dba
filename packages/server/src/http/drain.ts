import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * The most that is read of a refused upload: as much as an upload may have, so that no honest client is cut
 * off.
 */
const DRAINED_BYTES_MAX = 110 * 1024 * 1024;
/** The most that is read of a refused upload without any credential. */
const STRANGER_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Lets `answer` refuse an upload before it is read. The refusal goes out at once, but the exchange ends only
 * when the sender has sent everything: clients such as ansible-galaxy listen only then, and report a broken
 * pipe if they are cut off in the middle.
 */
export async function drainIfRefused<T>(
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => T | Promise<T>,
): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    endAfterReading(request, response);
    throw error;
  }
}

function endAfterReading(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const end = response.end.bind(response) as () => ServerResponse;
  const bytesMax = request.headers.authorization === undefined ? STRANGER_BYTES_MAX : DRAINED_BYTES_MAX;
  response.end = ((chunk?: unknown) => {
    if (typeof chunk === "string" || Buffer.isBuffer(chunk)) {
      response.write(chunk);
    }
    void drain(request, bytesMax).then((isWhole) => {
      response.once("finish", () => {
        if (!isWhole) {
          socket.destroy();
        }
      });
      end();
    });
    return response;
  }) as ServerResponse["end"];
}

/** Reads and discards the rest of a body. False if the sender goes beyond the limit, or disconnects. */
function drain(body: IncomingMessage, bytesMax: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (body.readableEnded || body.destroyed) {
      resolve(body.readableEnded);
      return;
    }
    let drainedBytes = 0;
    const done = (isWhole: boolean): void => {
      body.off("data", count);
      resolve(isWhole);
    };
    const count = (chunk: Buffer): void => {
      drainedBytes += chunk.length;
      if (drainedBytes > bytesMax) {
        body.pause();
        done(false);
      }
    };
    body
      .once("end", () => done(true))
      .once("error", () => done(false))
      .once("close", () => done(false));
    body.on("data", count);
    body.resume();
  });
}
