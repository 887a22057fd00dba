import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Servers get one processor and the load the others: a request's cost must not depend on the scheduler. */
const SERVER_PROCESSOR = 0;
const CAN_PIN = cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;
/** Linux counts ended threads in these ticks, a hundred a second on every architecture that Node runs on. */
const TICK_US = 10_000;

const servers = new Map<string, number>();

/** Makes a server known, so that load at its URL measures its processor time, and pins it. */
export function measureServer(url: string, pid: number | undefined, processor = SERVER_PROCESSOR): void {
  if (pid !== undefined) {
    servers.set(new URL(url).origin, pid);
    if (CAN_PIN) {
      spawnSync("taskset", ["-apc", String(processor), String(pid)]);
    }
  }
}

/** What starts a program on the servers' processor from its first instruction. */
export const SERVER_WRAPPER: readonly string[] = CAN_PIN ? ["taskset", "-c", String(SERVER_PROCESSOR)] : [];

/** What starts the load where the servers are not. */
export const LOAD_WRAPPER: readonly string[] = CAN_PIN ? ["taskset", "-c", `1-${cpus().length - 1}`] : [];

/**
 * Microseconds of processor time, user and kernel, that the server at this URL has used so far; null if it is
 * not known or the system does not tell (only Linux does).
 */
export function processorTimeUs(url: string): number | null {
  const pid = servers.get(new URL(url).origin);
  try {
    return pid === undefined ? null : Math.max(livingThreadsUs(pid), allThreadsUs(pid));
  } catch {
    return null;
  }
}

/** To the nanosecond, without the threads that have ended. */
function livingThreadsUs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ")[0]),
  );
  return ns.reduce((sum, each) => sum + each, 0) / 1_000;
}

/** With the threads that have ended, rounded down to a tick. */
function allThreadsUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The program's name stands in brackets and may hold blanks; user and system time are fields 14 and 15.
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK_US;
}
