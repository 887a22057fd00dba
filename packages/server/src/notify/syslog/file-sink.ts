import { type FileHandle, open, stat } from "node:fs/promises";
import type { AuditEvent } from "../../core/audit/events.ts";
import { recordOf } from "../../core/audit/record.ts";
import type { AuditSink } from "../../core/audit-stream/ports.ts";

const RETRY_AFTER_MS = 2_000;

/** Appends audit events to a file, a line of JSON each. A file that was moved away is made anew. */
export class FileSink implements AuditSink {
  readonly #path: string;
  #file: FileHandle | null = null;
  #written: number | null = null;
  #retryAt = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get writtenSeq(): number | null {
    return this.#written;
  }

  get settledSeq(): number | null {
    return this.#written;
  }

  isReady(): boolean {
    return performance.now() >= this.#retryAt;
  }

  async write(events: readonly AuditEvent[]): Promise<void> {
    try {
      const file = await this.#current();
      const lines = events.map((event) => `${JSON.stringify(recordOf(event))}\n`).join("");
      await file.appendFile(lines);
      await file.datasync();
      this.#written = events[events.length - 1]?.seq ?? this.#written;
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_AFTER_MS;
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  /** The file at the path, which a log rotation may have moved. */
  async #current(): Promise<FileHandle> {
    if (this.#file) {
      const [ours, atPath] = await Promise.all([this.#file.stat(), stat(this.#path).catch(() => null)]);
      if (atPath?.ino === ours.ino && atPath.dev === ours.dev) {
        return this.#file;
      }
      await this.close();
    }
    const file = await open(this.#path, "a+", 0o600);
    this.#file = file;
    await endTornLine(file);
    return file;
  }
}

/** A kill in the middle of a write leaves half a line, which must not swallow the next one. */
async function endTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) {
    return;
  }
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== 0x0a) {
    await file.appendFile("\n");
  }
}
