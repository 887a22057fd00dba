import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const KEY_BYTES = 32;

/** Makes the data directory (0700) if it is missing. */
export function prepareDataDir(path: string): void {
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  chmodSync(path, 0o700);
}

/**
 * The master key of the embedded store: `master.key` in the data directory, made on the first start (0600, on disk before it is used).
 * Throws when the file is not a key, or is missing beside a database that needs it.
 */
export function readOrMakeMasterKey(dataDir: string, databasePath: string): Buffer {
  const path = join(dataDir, "master.key");
  if (existsSync(path)) {
    const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
    if (key.length !== KEY_BYTES) {
      throw new Error(`${path} does not hold a master key (32 bytes in base64). Restore it from a backup.`);
    }
    return key;
  }
  if (existsSync(databasePath)) {
    throw new Error(
      `${path} is missing, and without it no credential in ${databasePath} can be verified. Restore it, or give MINTMARK_MASTER_KEY.`,
    );
  }
  const key = randomBytes(KEY_BYTES);
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${key.toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}
