import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildStale, isBuilt, WORKSPACE_NAMES } from "./build.mjs";
import { install, isInstalled } from "./install.mjs";

/** The folder that holds the root package.json. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** sysexits.h: a configuration error. The server uses the same code for a bad configuration. */
const EX_CONFIG = 78;

/**
 * Brings packages and builds up to date; does nothing, quickly, when they are.
 * Ends the process with a sentence when this Node is too old or a step fails.
 *
 * @param {{ build?: readonly string[] }} [options] the workspaces to build; all of them when left out
 */
export async function prepare({ build = WORKSPACE_NAMES } = {}) {
  refuseOldNode();
  try {
    if (isInstalled(ROOT) && isBuilt(ROOT, build)) return;
    const release = await waitForTurn();
    try {
      if (!isInstalled(ROOT)) await install(ROOT);
      await buildStale(ROOT, build);
    } finally {
      release();
    }
  } catch (error) {
    process.stderr.write(`mintmark: ${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `mintmark: Node ${process.versions.node} is too old; it needs 20.19 or newer (https://nodejs.org)\n`,
  );
  process.exit(EX_CONFIG);
}

/**
 * Two starts in one checkout at the same moment must not install or build over each other.
 * The lock holds its owner's process id, so that one left behind by a killed start is not waited for.
 */
async function waitForTurn() {
  const lock = join(ROOT, ".cache", "prepare.lock");
  mkdirSync(dirname(lock), { recursive: true });
  let told = false;
  while (!tryLock(lock)) {
    if (!told) process.stderr.write("mintmark: waiting for another start that installs or builds here\n");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  return () => {
    process.removeListener("exit", release);
    release();
  };
}

/** @param {string} lock */
function tryLock(lock) {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

/** @param {string} lock */
function ownerLives(lock) {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Empty: the owner is between making the file and writing into it.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
