const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

/** Operations a second in one round. */
export type Contestant = () => Promise<number>;

/**
 * Lets the contestants take turns, so that whatever else the machine does falls on all alike. Prints the median of each, and beside it the
 * median of its per-round ratios to the first: rates are of this machine, ratios travel.
 */
export async function compare(contestants: Readonly<Record<string, Contestant>>): Promise<void> {
  const names = Object.keys(contestants);
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of names) {
      const rate = await (contestants[name] as Contestant)();
      // The first round warms up.
      if (round > 0) {
        rates.get(name)?.push(rate);
      }
    }
  }
  const base = rates.get(names[0] as string) ?? [];
  for (const name of names) {
    const own = rates.get(name) ?? [];
    const ratio = median(own.map((rate, round) => rate / (base[round] as number)));
    console.log(
      `${name.padEnd(58)} ${String(Math.round(median(own))).padStart(8)} /s  ${ratio.toFixed(2).padStart(6)}`,
    );
  }
}

/** Does the work again and again for about so long; how often a second. `batch` is how many operations one call does. */
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
