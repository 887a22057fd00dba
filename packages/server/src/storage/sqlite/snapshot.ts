import { chmodSync, closeSync, openSync } from "node:fs";
import { type BackupFacts, readBackupFacts } from "../sql/backup-facts.ts";
import { openNative } from "./driver.ts";

/**
 * Copies the database of one moment into `target`, a new file that only its owner can read, while other
 * processes read and write. `VACUUM INTO` reads one snapshot and blocks no writer, however long the copy
 * takes.
 */
export async function snapshotDatabase(path: string, target: string): Promise<BackupFacts> {
  // SQLite would make the file with the modes of the umask; it takes an empty one that exists.
  closeSync(openSync(target, "wx", 0o600));
  const source = openNative(path);
  try {
    source.exec("pragma busy_timeout = 10000");
    source.exec(`vacuum into '${target.replaceAll("'", "''")}'`);
  } finally {
    source.close();
  }
  chmodSync(target, 0o600);
  return factsOf(target);
}

/** The facts of the database file that a backup needs. */
async function factsOf(path: string): Promise<BackupFacts> {
  const copy = openNative(path);
  try {
    return await readBackupFacts((sql) => copy.prepare(sql).all() as Record<string, unknown>[]);
  } finally {
    copy.close();
  }
}
