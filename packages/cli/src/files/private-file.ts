import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { refusal } from "../failure.ts";

const OTHERS_READ = 0o077;
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Replaces a file with one that only its owner can read: written next to it, flushed, then renamed, so that a
 * reader sees the old or the new one and never a part. Refuses a symbolic link, a file of somebody else and
 * anything that is not a file.
 */
export function writePrivate(path: string, text: string): void {
  requireOwnFile(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = join(dirname(path), `.${process.pid}.${Date.now()}.mintmark`);
  const file = openSync(temporary, "wx", 0o600);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  chmodSync(path, 0o600);
}

/** Throws a refusal where writing would follow a link or touch somebody else's file. */
export function requireOwnFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    return;
  }
  if (found.isSymbolicLink()) {
    throw refusal("symbolic_link", `${path} is a symbolic link`, "Give the file itself with --path.");
  }
  if (!found.isFile()) {
    throw refusal("not_a_file", `${path} is not a file`, "Give another path with --path.");
  }
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) {
    throw refusal("foreign_file", `${path} belongs to another user`, "Give a file of your own with --path.");
  }
}

/** The text of a file, or null if there is no such file. */
export function readText(path: string): string | null {
  if (!existsSync(path)) {
    return null;
  }
  const found = lstatSync(path);
  if (found.size > FILE_BYTES_MAX) {
    throw refusal("file_too_large", `${path} is larger than ${FILE_BYTES_MAX} bytes`);
  }
  return readFileSync(path, "utf8");
}

/** Like `readText`, for a file with secrets, which nobody else may read. */
export function readPrivate(path: string): string | null {
  const text = readText(path);
  if (text !== null && process.platform !== "win32") {
    const { mode, uid } = statSync(path);
    if (uid !== process.getuid?.()) {
      throw refusal("foreign_file", `${path} belongs to another user`, "Move it away.");
    }
    if ((mode & OTHERS_READ) !== 0) {
      throw refusal("readable_by_others", `${path} can be read by others`, `Run: chmod 600 ${path}`);
    }
  }
  return text;
}
