// Claim: how much is stored matters neither to a verdict nor to a start, and a million take a bounded piece
// of memory. Run: npm run bench -- million
//
// BENCH_FILLED names a folder to keep the filled data directories in and to take them from the next time;
// else they go with the claim. BENCH_STORED is for trying: another number than a million makes lines of other
// names, which no goal knows.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunningServer } from "../e2e/server.ts";
import { claim, type Later, report } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { MASTER_KEY } from "./hub.ts";
import { load, type Reached, type Requests } from "./load.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { compare } from "./rounds.ts";
import { loneRow, rowsOf } from "./row.ts";

const MANY = Number(process.env.BENCH_STORED ?? 1_000_000);
const FEW = 1_000;
const MANY_STORED = `${MANY.toLocaleString("en")} stored`;
const FEW_STORED = `${FEW.toLocaleString("en")} stored`;
const PROBE = new URL("./probes/work.mjs", import.meta.url).href;
/** A process that works less than this in a second has nothing left to do. */
const IDLE_MS = 50;

interface Filled {
  readonly dataDir: string;
  readonly secrets: readonly string[];
  /** The file of the secrets, one a line, in a folder that only its owner can read. */
  readonly list: string;
}

await claim(async (later) => {
  const folder = process.env.BENCH_FILLED ?? makeFolder(later);
  const small = await fill(folder, FEW);
  const large = await fill(folder, MANY);
  await compareStarts(later, small, large);
  await compareVerdicts(later, small, large);
  await reportMemory(later, small, large);
});

async function fill(folder: string, count: number): Promise<Filled> {
  const dataDir = join(folder, String(count));
  const list = join(folder, `${count}.secrets`);
  if (existsSync(list)) {
    return { dataDir, list, secrets: readFileSync(list, "utf8").split("\n") };
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secrets = await fillWithCredentials(dataDir, count, "personal_token");
  writeFileSync(list, secrets.join("\n"), { mode: 0o600 });
  return { dataDir, list, secrets };
}

function serve(later: Later, { dataDir }: Filled, env: Record<string, string> = {}): Promise<RunningServer> {
  return serveHub(later, {
    dataDir,
    env: {
      MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64"),
      NODE_OPTIONS: `--import ${PROBE}`,
      ...env,
    },
  });
}

/**
 * From the start of the process to its ready line. Each has been started before, so both find their file in
 * the system's cache.
 */
async function compareStarts(later: Later, small: Filled, large: Filled): Promise<void> {
  const start = async (filled: Filled) => {
    const began = performance.now();
    const hub = await serve(later, filled, { NODE_OPTIONS: "" });
    const ms = performance.now() - began;
    await hub.stop();
    return ms;
  };
  await compare(
    { [`start, ${FEW_STORED}`]: () => start(small), [`start, ${MANY_STORED}`]: () => start(large) },
    { unit: "ms" },
  );
}

/** After the server has filled its index by itself, as it does after each start. */
async function compareVerdicts(later: Later, small: Filled, large: Filled): Promise<void> {
  const base = await serve(later, small);
  const hub = await serve(later, large);
  await untilIdle(hub);
  const baseline = { [`verify, ${FEW_STORED}`]: () => verify(base, { values: small.secrets }) };
  await compare({
    ...baseline,
    [`verify, ${MANY_STORED}, 1,000 of them`]: () => verify(hub, { values: large.secrets.slice(0, FEW) }),
  });
  await compare({ ...baseline, [`verify, ${MANY_STORED}, any of them`]: () => verifyAny(hub, large) });
  await hub.stop();
  await base.stop();
}

/** The uses of many are written down for some time after: in nobody else's turn. */
async function verifyAny(hub: RunningServer, { secrets }: Filled): Promise<Reached> {
  const rate = await verify(hub, { values: secrets, order: "random" });
  await untilIdle(hub);
  return rate;
}

/** Of the hub alone, with each credential asked for once. */
async function reportMemory(later: Later, small: Filled, large: Filled): Promise<void> {
  const stopping = new AbortController();
  later(() => stopping.abort());
  const few = await memoryOf(small, stopping.signal);
  const many = await memoryOf(large, stopping.signal);
  report([
    ...rowsOf(
      new Map([
        [`memory, ${FEW_STORED}`, [few.after]],
        [`memory, ${MANY_STORED}, none asked for`, [many.before]],
        [`memory, ${MANY_STORED}, all in the index`, [many.after]],
      ]),
      "MB",
    ),
    loneRow(`memory for ${MANY.toLocaleString("en")} in the index`, many.after - few.after, "MB"),
  ]);
}

async function memoryOf(
  { dataDir, list }: Filled,
  signal: AbortSignal,
): Promise<{ before: number; after: number }> {
  const probe = fileURLToPath(new URL("./probes/index-memory.ts", import.meta.url));
  const flags = ["--expose-gc", "--import", "tsx", probe, dataDir, list];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { signal });
  return JSON.parse(stdout) as { before: number; after: number };
}

function verify(hub: RunningServer, which: Pick<Requests, "values" | "order">): Promise<Reached> {
  return load({ url: `${hub.url}/verify`, headers: { authorization: "Bearer {}" }, ...which });
}

/**
 * What a server still does by itself when it is ready, or after much work, is not to be measured with the
 * rest.
 */
async function untilIdle(hub: RunningServer): Promise<void> {
  do {
    await workedMs(hub);
    await delay(1000);
  } while ((await workedMs(hub)) > IDLE_MS);
}

/** For how long the server was at work since this was last asked. */
async function workedMs(hub: RunningServer): Promise<number> {
  const from = hub.log().length;
  hub.process.kill("SIGUSR2");
  for (;;) {
    const answer = /^worked (\d+) ms$/m.exec(hub.log().slice(from));
    if (answer) {
      return Number(answer[1]);
    }
    if (hub.process.exitCode !== null) {
      throw new Error(`the server ended with ${hub.process.exitCode}`);
    }
    await delay(20);
  }
}
