import { spawn } from "node:child_process";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let ending = false;

/**
 * Runs a program to its end and answers with its exit code; a program ended by a signal counts as 1.
 * Once `endChildren` was called the promise stays open, so that nothing is reported about a wanted end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdout?: "inherit" | "stderr" }} [options]
 *   `stdout: "stderr"` keeps our own stdout for the server's ready line.
 * @returns {Promise<number>}
 */
export function runChild(command, args, { cwd, env, stdout = "inherit" } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own: `endChildren` then reaches the compiler behind tsc's launcher too.
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      detached: true,
      stdio: ["ignore", stdout === "stderr" ? 2 : "inherit", "inherit"],
    });
    running.add(child);
    child.once("error", reject);
    child.once("exit", (code) => {
      running.delete(child);
      if (!ending) resolve(code ?? 1);
    });
  });
}

/** Runs a JavaScript program on the Node that runs us. */
export const runNode = (
  /** @type {Parameters<typeof runChild>[1]} */ args,
  /** @type {Parameters<typeof runChild>[2]} */ options,
) => runChild(process.execPath, args, options);

/**
 * Asks every running program to end and waits for it; who has not gone after two seconds is killed.
 *
 * @param {NodeJS.Signals} signal
 */
export async function endChildren(signal) {
  ending = true;
  const children = [...running];
  const gone = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  for (const child of children) signalGroup(child, signal);
  const killer = setTimeout(() => {
    for (const child of children) signalGroup(child, "SIGKILL");
  }, 2000);
  await Promise.all(gone);
  clearTimeout(killer);
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}
