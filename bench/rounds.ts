import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyring } from "../packages/server/src/core/secret/keyring.ts";
import { createLogger } from "../packages/server/src/http/logging.ts";
import { createServer, type Server } from "../packages/server/src/server.ts";
import { DiskArtifactStore } from "../packages/server/src/storage/artifacts/artifact-store.ts";
import { openSqliteStore } from "../packages/server/src/storage/sqlite/open.ts";
import { Argon2Hasher } from "../packages/server/src/system/argon2-hasher.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { POLICY } from "../packages/server/src/testing/harness.ts";

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

/** A hub on a throw-away SQLite file, without HTTP. */
export async function openHub(): Promise<{ hub: Server["hub"]; folder: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
  const server = await createServer({
    store: await openSqliteStore(join(folder, "mintmark.sqlite"), systemClock),
    artifacts: await DiskArtifactStore.open(folder),
    clock: systemClock,
    entropy: systemEntropy,
    keyring: Keyring.of(Buffer.alloc(32, 9)),
    passwords: new Argon2Hasher(),
    policy: POLICY,
    indexEntries: 200_000,
    logger: createLogger("silent"),
    trustedProxies: [],
    metricsReaders: null,
    dialectOptions: { galaxyPrefix: "/api/galaxy" },
  });
  return {
    hub: server.hub,
    folder,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
