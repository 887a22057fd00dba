import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Servers get one processor and the load the others: a request's cost must not depend on the scheduler. */
const SERVER_PROCESSOR = 0;
const CAN_PIN = cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;

const servers = new Map<string, number>();

/** Makes a server known, so that load at its URL measures its processor time, and pins it. */
export function measureServer(url: string, pid: number | undefined): void {
  if (pid !== undefined) {
    servers.set(new URL(url).origin, pid);
    if (CAN_PIN) {
      spawnSync("taskset", ["-apc", String(SERVER_PROCESSOR), String(pid)]);
    }
  }
}

/** What starts the load where the servers are not. */
export const LOAD_WRAPPER: readonly string[] = CAN_PIN ? ["taskset", "-c", `1-${cpus().length - 1}`] : [];

/**
 * Microseconds of processor time, user and kernel, that the server at this URL has used so far; null if it is
 * not known or the system does not tell (only Linux does).
 */
export function processorTimeUs(url: string): number | null {
  const pid = servers.get(new URL(url).origin);
  try {
    const tasks = pid === undefined ? [] : readdirSync(`/proc/${pid}/task`);
    const ns = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ")[0]),
    );
    return ns.length === 0 ? null : ns.reduce((sum, each) => sum + each, 0) / 1_000;
  } catch {
    return null;
  }
}
