import type { Readable } from "node:stream";

/** The most that is read of a body that is discarded. */
const DRAINED_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Reads and discards the rest of a body. Clients such as ansible-galaxy read the answer only after they have
 * sent everything: refused in the middle of a large upload they report a broken pipe instead of the refusal.
 * Resolves also if the sender disconnects or never ends.
 */
function drain(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (body.readableEnded || body.destroyed) {
      resolve();
      return;
    }
    let drainedBytes = 0;
    const done = (): void => {
      body.off("data", count);
      resolve();
    };
    const count = (chunk: Buffer): void => {
      drainedBytes += chunk.length;
      if (drainedBytes > DRAINED_BYTES_MAX) {
        done();
      }
    };
    body.once("end", done).once("error", done).once("close", done);
    body.on("data", count);
    body.resume();
  });
}

/** Answers, and reads the rest of the body before a refusal is passed on. */
export async function drainIfRefused<T>(body: Readable, answer: () => T | Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    await drain(body);
    throw error;
  }
}
