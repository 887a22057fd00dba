import { chmodSync } from "node:fs";
import { type NativeDatabase, openNative } from "./driver.ts";

/** The file fails SQLite's own check, so serving from it could lose or invent credentials. */
export class DamagedDatabaseError extends Error {
  constructor(path: string, finding: string) {
    super(`The database ${path} is damaged (${finding}). Restore it from a backup; nothing was changed.`);
    this.name = "DamagedDatabaseError";
  }
}

/**
 * One connection to the file, durable as the store promises: WAL, and each commit on the disk before it is
 * acknowledged. A new file is for its owner's eyes alone; `check` looks through an old one. Throws
 * `DamagedDatabaseError`.
 */
export function openDatabaseFile(
  path: string,
  options: { readonly isNew: boolean; readonly check: boolean },
): NativeDatabase {
  const native = openNative(path);
  if (options.isNew) {
    chmodSync(path, 0o600);
  }
  native.exec("pragma busy_timeout = 5000");
  if (options.check) {
    const finding = findDamage(native);
    if (finding !== null) {
      native.close();
      throw new DamagedDatabaseError(path, finding);
    }
  }
  native.exec("pragma journal_mode = wal");
  native.exec("pragma synchronous = full");
  native.exec("pragma foreign_keys = on");
  // In a container with a read-only root there is no directory for temporary files, and a statement that
  // writes many rows inside a savepoint would need one.
  native.exec("pragma temp_store = memory");
  return native;
}

/** The first finding of SQLite's integrity check, in one line; null if the file is intact. */
export function findDamage(native: NativeDatabase): string | null {
  try {
    const [finding] = native.prepare("pragma quick_check(1)").all() as { quick_check: string }[];
    const answer = finding?.quick_check ?? "no answer";
    return answer === "ok" ? null : answer.replace(/\s+/g, " ");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
