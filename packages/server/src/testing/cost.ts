const ROUNDS = 8;

/**
 * Processor time of `work` in milliseconds: the least of some runs, ended by the first below `goalMs`.
 * Processor time does not grow because other programs run, but the collector, the compiler and a busy
 * hypervisor add to single runs. What costs too much by itself does so in each.
 */
export async function leastCost(work: () => unknown, goalMs: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && least >= goalMs; round += 1) {
    const began = process.cpuUsage();
    await work();
    least = Math.min(least, process.cpuUsage(began).user / 1000);
  }
  return least;
}

/**
 * Options of a test that holds the clock of the machine to a promised bound. A machine that stands still for
 * a moment breaks the bound by itself, so the test has two further tries.
 */
export const TIMED = { retry: 2 } as const;
