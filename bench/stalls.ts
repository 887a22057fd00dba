// Claim: whatever one caller asks, no other waits for it. Verifies 2,000 secrets a second in a store of a
// million credentials and events, and measures while each of the heavy things is done for how long the event
// loop does not come round: as the clock has it, and as processor time of the main thread, which other work
// of the machine does not lengthen (but which waiting for the disk does not lengthen either).
// Run: npm run bench -- stalls
// BENCH_STALLS_STORED=100000 makes a smaller store, BENCH_STALLS_DIR keeps it for the next run, and
// BENCH_STALLS_ONLY=audit measures those with this word in their names.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { claim, report } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { type OpenHub, openHub } from "./hub.ts";
import { loneRow, type Row } from "./row.ts";
import { indexWork } from "./stalls-index.ts";
import { operationsOn } from "./stalls-operations.ts";

const STORED = Number(process.env.BENCH_STALLS_STORED ?? 1_000_000);
/** A part of the names of those to measure. */
const ONLY = process.env.BENCH_STALLS_ONLY ?? "";
const VERIFIED = 1_000;
/** In each millisecond. */
const VERIFIED_AT_ONCE = 2;
const IDLE_MS = 1_000;

await claim(async (later) => {
  const directory = process.env.BENCH_STALLS_DIR ?? mkdtempSync(join(tmpdir(), "mintmark-stalls-"));
  const secrets = await filled(directory);
  const opened = await openHub({ directory });
  later(opened.remove);
  const operations = {
    ...(await operationsOn(opened, { stored: STORED, large: Math.ceil(STORED / 10) })),
    ...indexWork(opened),
  };
  const idle: Stall[] = [];
  const all: Stall[] = [];
  for (const [what, work] of Object.entries(operations).filter(([name]) => name.includes(ONLY))) {
    const measured = await stall(opened, secrets, what, work);
    report(rowsOf(what, measured));
    all.push(measured);
    // What the machine does to the loop at that time, in turn with the work.
    idle.push(await stall(opened, secrets, `nothing, after ${what}`, () => delay(IDLE_MS)));
  }
  report(rowsOf("nothing, between the others", worstOf(idle)));
  report(rowsOf("any of these", worstOf(all)));
});

function worstOf(stalls: readonly Stall[]): Stall {
  return {
    gap: Math.max(...stalls.map(({ gap }) => gap)),
    busy: Math.max(...stalls.map(({ busy }) => busy)),
  };
}

/** The secrets of a store that is filled now, or was filled by an earlier run. */
async function filled(directory: string): Promise<readonly string[]> {
  const kept = join(directory, "secrets.json");
  if (existsSync(kept)) {
    return JSON.parse(readFileSync(kept, "utf8")) as string[];
  }
  const secrets = (await fillWithCredentials(directory, STORED, "offline_token")).slice(0, VERIFIED);
  writeFileSync(kept, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

interface Stall {
  readonly gap: number;
  readonly busy: number;
}

/** The longest gap and the longest work between two turns of the loop while the work is done. */
async function stall(
  { server }: OpenHub,
  secrets: readonly string[],
  what: string,
  work: () => Promise<unknown>,
): Promise<Stall> {
  let gap = 0;
  let busy = 0;
  let at = 0;
  let last = performance.now();
  let lastWorked = mainThreadMs();
  const verify = () => server.hub.verdicts.verify(new Secret(secrets[at++ % secrets.length] as string));
  const tick = (): void => {
    const now = performance.now();
    const worked = mainThreadMs();
    gap = Math.max(gap, now - last);
    busy = Math.max(busy, worked - lastWorked);
    last = now;
    lastWorked = worked;
    for (let count = 0; count < VERIFIED_AT_ONCE; count += 1) {
      void verify();
    }
  };
  const timer = setInterval(tick, 1);
  const began = performance.now();
  await work();
  const took = performance.now() - began;
  tick();
  clearInterval(timer);
  console.error(`${what}: took ${Math.round(took)} ms`);
  return { gap, busy };
}

function rowsOf(what: string, { gap, busy }: Stall): readonly Row[] {
  return [loneRow(`worst gap: ${what}`, gap, "ms"), loneRow(`longest work: ${what}`, busy, "ms")];
}

/** Processor time of the main thread so far. Linux alone tells; elsewhere the figure is 0. */
function mainThreadMs(): number {
  try {
    const [ns] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
    return Number(ns) / 1_000_000;
  } catch {
    return 0;
  }
}
