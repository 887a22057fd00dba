import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { refusal } from "../failure.ts";

const WAIT_MS = 20;
const TRIES_MAX = 500;

/**
 * Runs `work` while no other run of this command holds the lock: a file with the owner's process id, so that
 * the lock of a killed run is taken over. Waits ten seconds at most.
 */
export function withLock<Result>(path: string, work: () => Result): Result {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let tries = 0; !tryLock(path); tries += 1) {
    if (tries >= TRIES_MAX) {
      throw refusal("locked", `${path} is held by another run`, `If none is running, remove ${path}.`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
    if (!ownerLives(path)) {
      rmSync(path, { force: true });
    }
    return false;
  }
}

function ownerLives(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    // Empty: the owner is between making the file and writing into it.
    if (pid > 0) {
      process.kill(pid, 0);
    }
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
