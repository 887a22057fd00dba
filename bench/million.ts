// Claim: how much is stored matters neither to a verdict nor to a start, and a million take a bounded piece of memory.
// Run: npm run bench -- million
//
// BENCH_FILLED names a folder to keep the filled data directories in and to take them from the next time; else they go with the claim.
// BENCH_STORED is for trying: another number than a million makes lines of other names, which no goal knows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { api, logIn, type RunningServer } from "../e2e/server.ts";
import { claim, type Later, report } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { MASTER_KEY } from "./hub.ts";
import { load, type Requests } from "./load.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { compare } from "./rounds.ts";
import { loneRow, rowsOf } from "./row.ts";

const MANY = Number(process.env.BENCH_STORED ?? 1_000_000);
const FEW = 1_000;
const many = `${MANY.toLocaleString("en")} stored`;
const few = `${FEW.toLocaleString("en")} stored`;
const PROBE = new URL("./probes/memory.mjs", import.meta.url).href;
/** What the batch endpoint takes at once. */
const SECRETS_MAX = 100;
/** A process that works less than this in a second has nothing left to do. */
const IDLE_MS = 50;

interface Filled {
  readonly dataDir: string;
  readonly secrets: readonly string[];
}

await claim(async (later) => {
  const folder = process.env.BENCH_FILLED ?? makeFolder(later);
  const small = await fill(folder, FEW);
  const large = await fill(folder, MANY);
  await compareStarts(later, small, large);
  const base = await serve(later, small);
  const atRest = await memoryOf(base);
  await compareVerdicts(later, base, small, large);
  await compareMemory(later, { base, atRest, small, large });
});

async function fill(folder: string, count: number): Promise<Filled> {
  const dataDir = join(folder, String(count));
  const list = join(folder, `${count}.secrets`);
  if (existsSync(list)) {
    return { dataDir, secrets: readFileSync(list, "utf8").split("\n") };
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secrets = await fillWithCredentials(dataDir, count, "personal_token");
  // Only where they are to be used again.
  if (process.env.BENCH_FILLED !== undefined) {
    writeFileSync(list, secrets.join("\n"), { mode: 0o600 });
  }
  return { dataDir, secrets };
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

/** From the start of the process to its ready line. Each has been started before, so both find their file in the system's cache. */
async function compareStarts(later: Later, small: Filled, large: Filled): Promise<void> {
  const start = async (filled: Filled) => {
    const began = performance.now();
    const hub = await serve(later, filled, { NODE_OPTIONS: "" });
    const ms = performance.now() - began;
    await hub.stop();
    return ms;
  };
  await compare(
    { [`start, ${few}`]: () => start(small), [`start, ${many}`]: () => start(large) },
    { unit: "ms" },
  );
}

/** With the index as it comes: it holds fewer than are stored, so of any of them most are looked up in the database. */
async function compareVerdicts(
  later: Later,
  base: RunningServer,
  small: Filled,
  large: Filled,
): Promise<void> {
  const hub = await serve(later, large);
  await untilIdle(hub);
  const baseline = { [`verify, ${few}`]: () => verify(base, { values: small.secrets }) };
  await compare({
    ...baseline,
    [`verify, ${many}, 1,000 of them`]: () => verify(hub, { values: large.secrets.slice(0, FEW) }),
  });
  await compare({ ...baseline, [`verify, ${many}, any of them`]: () => verifyAny(hub, large) });
  await hub.stop();
}

/** The uses of many are written down for some time after: in nobody else's turn. */
async function verifyAny(hub: RunningServer, { secrets }: Filled): Promise<number> {
  const rate = await verify(hub, { values: secrets, order: "random" });
  await untilIdle(hub);
  return rate;
}

/** With an index that holds all, each of them asked for once. */
async function compareMemory(
  later: Later,
  {
    base,
    atRest,
    small,
    large,
  }: {
    readonly base: RunningServer;
    readonly atRest: number;
    readonly small: Filled;
    readonly large: Filled;
  },
): Promise<void> {
  const hub = await serve(later, large, { MINTMARK_INDEX_ENTRIES: String(2 * MANY) });
  await untilIdle(hub);
  const filterOnly = await memoryOf(hub);
  await introspectAll(hub, large.secrets);
  await untilIdle(hub);
  const all = await memoryOf(hub);
  report([
    ...rowsOf(
      new Map([
        [`memory, ${few}`, [atRest]],
        [`memory, ${many}, none asked for`, [filterOnly]],
        [`memory, ${many}, all in the index`, [all]],
      ]),
      "MB",
    ),
    loneRow(`memory for ${MANY.toLocaleString("en")} in the index`, all - atRest, "MB"),
  ]);
  await compare({
    [`verify, ${few}`]: () => verify(base, { values: small.secrets }),
    [`verify, ${many}, any of them, all in the index`]: () => verifyAny(hub, large),
  });
}

function verify(hub: RunningServer, which: Pick<Requests, "values" | "order">): Promise<number> {
  return load({ url: `${hub.url}/verify`, headers: { authorization: "Bearer {}" }, ...which });
}

async function introspectAll(hub: RunningServer, secrets: readonly string[]): Promise<void> {
  const bearer = await logIn(hub);
  const scopes = ["hub:introspect:use"];
  const service = await api<{ secret: string }>(hub, "POST", "/credentials", {
    bearer,
    body: { kind: "personal_token", title: "bench", scopes },
  });
  let next = 0;
  const client = async () => {
    while (next < secrets.length) {
      const batch = secrets.slice(next, next + SECRETS_MAX);
      next += SECRETS_MAX;
      const { verdicts } = await api<{ verdicts: readonly { active: boolean }[] }>(
        hub,
        "POST",
        "/introspection",
        { bearer: service.secret, body: { secrets: batch } },
      );
      if (!verdicts.every(({ active }) => active)) {
        throw new Error("a living credential was called inactive");
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
}

/** Resident, after a collection. Megabytes of 10^6 bytes. */
async function memoryOf(hub: RunningServer): Promise<number> {
  return (await probe(hub)).rss / 1e6;
}

/** What a server still does by itself when it is ready is not to be measured with the rest. */
async function untilIdle(hub: RunningServer): Promise<void> {
  do {
    await probe(hub);
    await delay(1000);
  } while ((await probe(hub)).workedMs > IDLE_MS);
}

async function probe(hub: RunningServer): Promise<{ rss: number; workedMs: number }> {
  const from = hub.log().length;
  hub.process.kill("SIGUSR2");
  for (;;) {
    const answer = /^memory (.+)$/m.exec(hub.log().slice(from));
    if (answer) {
      return JSON.parse(answer[1] as string) as { rss: number; workedMs: number };
    }
    if (hub.process.exitCode !== null) {
      throw new Error(`the server ended with ${hub.process.exitCode}`);
    }
    await delay(20);
  }
}
