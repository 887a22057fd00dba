import { type FileHandle, open } from "node:fs/promises";

/**
 * Brings the write-ahead log to the disk in the thread pool. SQLite would do it inside the commit, and so
 * hold the event loop for as long as the disk takes. In its mode `synchronous=normal` a commit only writes to
 * the log; a change is acknowledged after `sync`, so power loss undoes none that was.
 */
export class LogSync {
  readonly #path: string;
  #file: Promise<FileHandle> | null = null;
  #failure: Error | null = null;

  /** The database is open, and stays open for longer than this: its log is neither removed nor exchanged. */
  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /**
   * Throws if the log could not be brought to the disk earlier. The system then may have dropped what it
   * could not write and call the next attempt a success, so nothing is written any more until a new start.
   */
  requireSound(): void {
    if (this.#failure) {
      throw this.#failure;
    }
  }

  /** Resolves when everything that is committed is on the disk. */
  async sync(): Promise<void> {
    try {
      this.#file ??= open(this.#path, "r+");
      await (await this.#file).datasync();
    } catch (cause) {
      this.#failure ??= new Error("the write-ahead log could not be brought to the disk", { cause });
      throw this.#failure;
    }
  }

  async close(): Promise<void> {
    const file = await this.#file?.catch(() => null);
    await file?.close();
  }
}
