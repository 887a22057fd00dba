import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBusy, type NativeDatabase, openNative } from "./driver.ts";

/**
 * The kernel releases the lock of this file when the process ends, however it ends. Nothing else may open it:
 * POSIX drops a process's locks with any close.
 */
const LOCK_FILE = "mintmark.lock";
/** Tells people who holds the lock. It decides nothing, so a stale one does no harm. */
const HOLDER_FILE = "mintmark.lock.json";
/**
 * Two servers that start in one moment may each hold a part of the lock; one of them has it after this long.
 */
const BUSY_TIMEOUT_MS = 500;
/** The holder writes its name after it has the lock, so the name may come a moment late. */
const HOLDER_WAIT_MS = 1_000;
const HOLDER_RETRY_MS = 50;

interface Holder {
  readonly pid: number;
  readonly since: string;
}

/** Another process serves from this directory. */
export class DirectoryInUseError extends Error {
  constructor(directory: string, holder: Holder | null) {
    const who = holder === null ? "" : ` (process ${holder.pid}, since ${holder.since})`;
    super(
      `Another server${who} uses the data directory ${directory}. Stop it first, or give this one a directory of its own with MINTMARK_DATA_DIR.`,
    );
    this.name = "DirectoryInUseError";
  }
}

/** A lock that garbage collection closed would be released, so the process keeps each one it holds. */
const held = new Set<NativeDatabase>();

/**
 * Makes this process the only one that serves from the directory until it ends. SQLite takes a lock of the
 * kernel for an exclusive transaction, which stays open and never writes. Throws `DirectoryInUseError`.
 */
export async function lockDirectory(directory: string, now: number): Promise<void> {
  const path = join(directory, LOCK_FILE);
  const native = openNative(path);
  try {
    chmodSync(path, 0o600);
    native.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    native.exec("begin exclusive");
  } catch (error) {
    native.close();
    throw isBusy(error) ? new DirectoryInUseError(directory, await readHolder(directory)) : error;
  }
  held.add(native);
  const holder: Holder = { pid: process.pid, since: new Date(now).toISOString() };
  writeWhole(join(directory, HOLDER_FILE), `${JSON.stringify(holder)}\n`);
}

/** A reader sees the old text or the new one, never a part. */
function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, path);
}

async function readHolder(directory: string): Promise<Holder | null> {
  for (let waitedMs = 0; waitedMs < HOLDER_WAIT_MS; waitedMs += HOLDER_RETRY_MS) {
    const holder = holderIn(join(directory, HOLDER_FILE));
    if (holder !== null && isRunning(holder.pid)) {
      return holder;
    }
    await new Promise((resolve) => setTimeout(resolve, HOLDER_RETRY_MS));
  }
  // A process of another container or another user cannot be asked whether it runs; its name is still the
  // best that is known.
  return holderIn(join(directory, HOLDER_FILE));
}

function holderIn(path: string): Holder | null {
  try {
    const { pid, since } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return Number.isInteger(pid) && typeof since === "string" ? { pid: pid as number, since } : null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
