import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { type Config, OPTIONS } from "./config/options.ts";
import type { MasterKeys } from "./config/value-types.ts";
import { masterKeyPath } from "./data-dir.ts";

const FILE_ORIGIN = "file ";
const KEY_BYTES = 32;

/**
 * The file that holds the master key; null if an option gives the key itself. `origin` is where the option
 * came from.
 */
export function keyFileOf({ databaseUrl, masterKey, dataDir }: Config, origin: string): string | null {
  if (origin.startsWith(FILE_ORIGIN)) {
    return resolve(origin.slice(FILE_ORIGIN.length));
  }
  return masterKey === undefined && databaseUrl === undefined ? masterKeyPath(resolve(dataDir)) : null;
}

/** The keys in the file; null while there are none that can be read. */
export function readKeyFile(path: string): MasterKeys | null {
  try {
    return OPTIONS.masterKey.type.parse(readFileSync(path, "utf8").replace(/\r?\n$/, "")) ?? null;
  } catch {
    return null;
  }
}

export function drawMasterKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/**
 * Exchanges the file for one with these keys, the current one first: a reader sees the old or the new text,
 * and the owner stays.
 */
export function writeKeyFile(path: string, { current, keys }: MasterKeys): void {
  const order = [current, ...[...keys.keys()].filter((version) => version !== current).sort((a, b) => b - a)];
  const lines = order.map((version) => `v${version}:${keys.get(version)?.toString("base64") ?? ""}\n`);
  const { uid, gid } = statSync(path);
  const unfinished = `${path}.${process.pid}`;
  const file = openSync(unfinished, "wx", 0o600);
  try {
    writeSync(file, lines.join(""));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (process.getuid?.() === 0) {
    chownSync(unfinished, uid, gid);
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
