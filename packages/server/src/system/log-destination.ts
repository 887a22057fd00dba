import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

/**
 * About three thousand lines. More than that waits only if nothing reads the log, and then the hub must not
 * keep it.
 */
const WAITING_BYTES_MAX = 1_048_576;
const CHUNK_BYTES_MAX = 65_536;
/**
 * Lines are collected for this time, or until this many bytes wait: a system call for each line would cost
 * more than the line.
 */
const GATHER_MS = 50;
const GATHER_BYTES = 16_384;
/** A terminal that is paused is asked again after this long. */
const RETRY_MS = 100;

/** Writes all of the text to a file descriptor without holding the event loop. */
type WriteText = (text: string, done: (error: Error | null) => void) => void;

/**
 * The log's way out of the process. A collector that stalls, a paused terminal and a full disk must not stop
 * the hub, so lines wait in memory up to a limit; those beyond it, and those that could not be written, are
 * dropped and counted.
 */
export class LogDestination {
  readonly #fd: number;
  readonly #writeText: WriteText;
  #lines: string[] = [];
  #waitingBytes = 0;
  #writing = false;
  #timer: NodeJS.Timeout | null = null;
  #dropped = 0;
  #reported = 0;
  #flushed: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
    this.#writeText = writerFor(fd);
    process.on("exit", this.#writeRest);
  }

  /** How many lines never reached the file descriptor. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Accepts one line. Returns at once, even if nothing reads the log. */
  write(line: string): void {
    if (this.#waitingBytes + line.length > WAITING_BYTES_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= GATHER_BYTES) {
      this.#pump();
    } else {
      this.#timer ??= setTimeout(() => this.#pump(), GATHER_MS);
    }
  }

  /** Resolves when every line so far is written or dropped, at the latest after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void> {
    this.#pump();
    if (!this.#writing) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#flushed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Stops listening for the end of the process. */
  close(): void {
    process.off("exit", this.#writeRest);
  }

  #pump(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    if (this.#writing) {
      return;
    }
    if (this.#lines.length === 0) {
      for (const resolve of this.#flushed.splice(0)) {
        resolve();
      }
      return;
    }
    this.#writing = true;
    const { text, count } = this.#nextChunk();
    this.#writeText(text, (error) => {
      this.#writing = false;
      this.#waitingBytes -= text.length;
      if (error === null) {
        this.#reportDropped();
      } else {
        this.#dropped += count;
      }
      this.#pump();
    });
  }

  #nextChunk(): { text: string; count: number } {
    let count = 0;
    let bytes = 0;
    while (count < this.#lines.length && (count === 0 || bytes < CHUNK_BYTES_MAX)) {
      bytes += this.#lines[count]?.length ?? 0;
      count += 1;
    }
    return { text: this.#lines.splice(0, count).join(""), count };
  }

  /** When reading resumes, the log itself reports the gap. */
  #reportDropped(): void {
    const lost = this.#dropped - this.#reported;
    if (lost > 0) {
      this.#reported = this.#dropped;
      const time = new Date().toISOString();
      this.write(
        `${JSON.stringify({ level: "warn", time, dropped: lost, msg: "log lines were dropped" })}\n`,
      );
    }
  }

  /**
   * Lines of the last moment, for an end that did not wait for `flush`. One attempt, and none behind a reader
   * that has stalled.
   */
  readonly #writeRest = (): void => {
    if (this.#writing || this.#lines.length === 0) {
      return;
    }
    try {
      writeSync(this.#fd, this.#lines.splice(0).join(""));
    } catch {
      // No reader is left.
    }
  };
}

/** No write may block a thread: one that is blocked could not be joined when the process ends. */
function writerFor(fd: number): WriteText {
  const kind = fstatSync(fd);
  if (kind.isFIFO() || kind.isSocket()) {
    return socketWriter(fd);
  }
  return fileWriter(isatty(fd) ? reopened(fd) : fd);
}

function socketWriter(fd: number): WriteText {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.unref();
  // Each write reports its own failure; without a listener the event would end the process.
  socket.on("error", () => undefined);
  return (text, done) => {
    if (socket.destroyed) {
      queueMicrotask(() => done(new Error("the reader of the log has gone")));
      return;
    }
    socket.write(text, (error) => done(error ?? null));
  };
}

/**
 * The same terminal through a file description of our own: the shell shares the inherited one and must not
 * find it non-blocking.
 */
function reopened(fd: number): number {
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

function fileWriter(fd: number): WriteText {
  const writeFrom = (bytes: Buffer, done: (error: Error | null) => void): void =>
    write(fd, bytes, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => writeFrom(bytes, done), RETRY_MS).unref();
      } else if (error || written === bytes.length) {
        done(error);
      } else {
        writeFrom(bytes.subarray(written), done);
      }
    });
  return (text, done) => writeFrom(Buffer.from(text), done);
}
