import { type FileHandle, open, readdir, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type EndsRecord, isEndOfBatch, readRecord, writeRecord } from "../sql/ends/ends-record.ts";
import type { EndsSink, LastRecord } from "../sql/ends/ends-recorder.ts";

const OWNER_ONLY = 0o600;
const ROTATE_BYTES = 64 * 1024 * 1024;
const ROTATED_DIGITS = 12;
const ROTATED = /^[0-9]{12}$/;
const NEWLINE = 0x0a;
const TAIL_BYTES = 64 * 1024;

interface OpenFile {
  readonly handle: FileHandle;
  readonly inode: number;
  size: number;
}

/**
 * The ends log as a file of lines, on the disk before `append` resolves. A full file is renamed to
 * `<path>.<number of its last record>`. A file that was removed or exchanged is noticed before the next line
 * is written.
 */
export class EndsFile implements EndsSink {
  readonly #path: string;
  readonly #onLoss: (sentence: string) => void;
  readonly #rotateBytes: number;
  #file: OpenFile | null = null;
  /**
   * The last record of the open file or of the one that was rotated before it; undefined if it must be read.
   */
  #last: LastRecord | null | undefined = undefined;

  constructor(
    path: string,
    onLoss: (sentence: string) => void,
    { rotateBytes = ROTATE_BYTES }: { readonly rotateBytes?: number } = {},
  ) {
    this.#path = path;
    this.#onLoss = onLoss;
    this.#rotateBytes = rotateBytes;
  }

  onLoss(sentence: string): void {
    this.#onLoss(sentence);
  }

  async last(): Promise<LastRecord | null> {
    const file = await this.#open();
    if (this.#last === undefined) {
      this.#last = (await readLast(file)) ?? (await readLastRotated(this.#path));
    }
    return this.#last;
  }

  async append(record: EndsRecord): Promise<void> {
    const file = await this.#open();
    // A line that an earlier failure cut short stands alone, so that it damages no other line.
    const text = (await endsTorn(file)) ? `\n${writeRecord(record)}` : writeRecord(record);
    await file.handle.appendFile(text);
    file.size += Buffer.byteLength(text);
    this.#last = record;
    if (!isEndOfBatch(record)) {
      return;
    }
    await file.handle.datasync();
    if (file.size >= this.#rotateBytes) {
      await this.#rotate(file, record.n);
    }
  }

  /**
   * The file under the path, opened again if another one is there now. A command of the operator may write to
   * it too.
   */
  async #open(): Promise<OpenFile> {
    const found = await stat(this.#path).catch(() => null);
    if (this.#file && found?.ino === this.#file.inode) {
      if (found.size !== this.#file.size) {
        this.#file.size = found.size;
        this.#last = undefined;
      }
      return this.#file;
    }
    const isRotated = this.#file === null && found === null;
    await this.close();
    if (!isRotated) {
      this.#last = undefined;
    }
    const handle = await open(this.#path, "a+", OWNER_ONLY);
    if (found === null) {
      await syncFolder(this.#path);
    }
    const { ino, size } = await handle.stat();
    this.#file = { handle, inode: ino, size };
    return this.#file;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.handle.close();
  }

  async #rotate(file: OpenFile, n: number): Promise<void> {
    await rename(this.#path, `${this.#path}.${String(n).padStart(ROTATED_DIGITS, "0")}`);
    await file.handle.close();
    this.#file = null;
    await syncFolder(this.#path);
  }
}

/** The ends log that the option names; undefined without it. */
export function openEndsLog(
  path: string | undefined,
  onLoss: (sentence: string) => void,
): EndsFile | undefined {
  return path === undefined ? undefined : new EndsFile(resolve(path), onLoss);
}

/** The files that a log was rotated to, the oldest first. */
export async function rotatedFiles(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && ROTATED.test(name.slice(prefix.length)))
    .sort()
    .map((name) => join(dirname(path), name));
}

async function readLastRotated(path: string): Promise<LastRecord | null> {
  const newest = (await rotatedFiles(path)).at(-1);
  if (newest === undefined) {
    return null;
  }
  const handle = await open(newest, "r");
  try {
    return await readLast({ handle, size: (await handle.stat()).size });
  } finally {
    await handle.close();
  }
}

async function endsTorn({ handle, size }: OpenFile): Promise<boolean> {
  if (size === 0) {
    return false;
  }
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

/** The last whole record of the file. Reads backwards, since a file may be large. */
async function readLast({ handle, size }: Pick<OpenFile, "handle" | "size">): Promise<LastRecord | null> {
  for (let length = TAIL_BYTES; ; length *= 4) {
    const from = Math.max(0, size - length);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.subarray(0, bytesRead).toString("utf8").split("\n");
    for (const line of lines.slice(from === 0 ? 0 : 1).reverse()) {
      const record = readRecord(line);
      if (record) {
        return record;
      }
    }
    if (from === 0) {
      return null;
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
