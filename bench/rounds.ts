import { report } from "./claim.ts";
import type { Reached } from "./load.ts";
import { rowsOf, type Series, type Unit } from "./row.ts";

export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

/** What it reached in one round: operations a second, or in the given unit. */
export type Contestant = () => Promise<number | Pick<Reached, "value" | "us">>;

/**
 * Lets the contestants take turns, so that other load on the machine affects all of them alike. Reports the
 * median of each, and the median of its per-round ratios to the first contestant or to the one that its goal
 * names. A rate holds for one machine; a ratio can be compared between machines.
 */
export async function compare(
  contestants: Readonly<Record<string, Contestant>>,
  { unit = "/s", rounds = ROUNDS }: { unit?: Unit; rounds?: number } = {},
): Promise<void> {
  const { reached, processor } = await takeTurns(contestants, rounds);
  report(rowsOf(reached, unit, { processor }));
}

async function takeTurns(
  contestants: Readonly<Record<string, Contestant>>,
  rounds: number,
): Promise<{ readonly reached: Series; readonly processor: Series }> {
  const empty = () => new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
  const [reached, processor] = [empty(), empty()];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const one = await contestant();
      // The first round warms up.
      if (round > 0) {
        reached.get(name)?.push(typeof one === "number" ? one : one.value);
        processor.get(name)?.push(...(typeof one === "number" || one.us === null ? [] : [one.us]));
      }
    }
  }
  return { reached, processor };
}

/**
 * Does the work again and again for about so long; how often a second. `batch` is how many operations one
 * call does.
 */
export async function ratePerSecond(work: () => unknown, batch: number, ms = 500): Promise<number> {
  const began = performance.now();
  let calls = 0;
  for (;;) {
    await work();
    calls += 1;
    const elapsed = performance.now() - began;
    if (elapsed >= ms) {
      return (calls * batch * 1000) / elapsed;
    }
  }
}

/** The same for work that this process does by itself, with the processor time of each operation. */
export async function costInProcess(
  work: () => unknown,
  batch: number,
  ms?: number,
): Promise<Pick<Reached, "value" | "us">> {
  let operations = 0;
  const counted = async () => {
    await work();
    operations += batch;
  };
  const before = process.cpuUsage();
  const value = await ratePerSecond(counted, batch, ms);
  const { user, system } = process.cpuUsage(before);
  return { value, us: (user + system) / operations };
}
