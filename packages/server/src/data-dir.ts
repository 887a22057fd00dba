import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { MASTER_KEY, type MasterKeys } from "./config/value-types.ts";

const KEY_BYTES = 32;
const ROOT_UID = 0;
const GROUP_BITS = 0o070;
const OTHERS_BITS = 0o007;
const OTHERS_WRITE_BIT = 0o002;

/** The data directory, or a file in it, can be read or changed by accounts that must not. */
class UnsafeFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsafeFileError";
  }
}

/**
 * Makes the data directory (0700) if it is missing. An existing one keeps its mode, since it may be shared
 * (`/var/lib`, a volume with a group of its own); returns a warning if others can look into it. Throws
 * `UnsafeFileError` if others can exchange its files.
 */
export function prepareDataDir(path: string): string | null {
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // The process's umask may have taken bits away that the owner needs.
    chmodSync(path, 0o700);
    return null;
  }
  const { mode, uid } = statSync(path);
  if ((mode & OTHERS_WRITE_BIT) !== 0) {
    throw new UnsafeFileError(
      `Every account of this machine may write to the data directory ${path} (mode ${octal(mode)}), so any of them could exchange its files. Give MINTMARK_DATA_DIR a directory of its own, or take the right away: chmod 700 ${path}`,
    );
  }
  if (!isTrustedOwner(uid)) {
    throw new UnsafeFileError(
      `The data directory ${path} belongs to another account (uid ${uid}), which could exchange its files. Give MINTMARK_DATA_DIR a directory of its own.`,
    );
  }
  return (mode & (GROUP_BITS | OTHERS_BITS)) === 0
    ? null
    : `other accounts may look into the data directory ${path} (mode ${octal(mode)}); its files are for their owner alone, and chmod 700 closes the directory too`;
}

function isTrustedOwner(uid: number): boolean {
  return uid === ROOT_UID || uid === process.getuid?.();
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/**
 * The master key of the embedded store: `master.key` in the data directory, made on the first start (0600, on
 * disk before it is used). Throws if the file holds anything else than a key, is readable by every account,
 * or is missing although a database needs it.
 */
export function readOrMakeMasterKey(dataDir: string, databasePath: string): MasterKeys {
  const path = masterKeyPath(dataDir);
  if (existsSync(path)) {
    return readMasterKeyFile(path);
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
  return { current: 1, keys: new Map([[1, key]]) };
}

function readMasterKeyFile(path: string): MasterKeys {
  const { mode, uid } = statSync(path);
  if ((mode & OTHERS_BITS) !== 0 || !isTrustedOwner(uid)) {
    throw new UnsafeFileError(
      `Other accounts can read or change the master key ${path} (mode ${octal(mode)}, uid ${uid}). If they never did: chmod 600 ${path}`,
    );
  }
  // As strict as the option: base64 that is decoded leniently would also accept a key with something else
  // behind it.
  const keys = MASTER_KEY.parse(readFileSync(path, "utf8").replace(/\r?\n$/, ""));
  if (keys === undefined) {
    throw new Error(`${path} does not hold a master key (32 bytes in base64). Restore it from a backup.`);
  }
  return keys;
}

/** Where the embedded store keeps its master key unless an option gives it. */
export function masterKeyPath(dataDir: string): string {
  return join(dataDir, "master.key");
}
