// Claim: a hub with ten million credentials starts about as soon as one with a thousand, also after it was
// killed. It takes 8 GB of disk and ten minutes, most of them to fill the store, so it is skipped unless it
// is asked for. Run: MILLIONS=10 npm run bench -- ten-million
//
// BENCH_FILLED names a folder to keep the filled data directories in and to take them from the next time.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logIn, startServer } from "../e2e/server.ts";
import { claim, type Later, reportSkipped } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { fillWithRows } from "./fill-rows.ts";
import { MASTER_KEY } from "./hub.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { compare } from "./rounds.ts";

const MANY = 10_000_000;
const FEW = 1_000;
const ENV = { MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64") };
const FEW_STORED = `${FEW.toLocaleString("en")} stored`;
const MANY_STORED = `${MANY.toLocaleString("en")} stored`;

await claim(async (later) => {
  if (process.env.MILLIONS !== "10") {
    reportSkipped("it takes 8 GB of disk and ten minutes; MILLIONS=10 measures it");
    return;
  }
  const folder = process.env.BENCH_FILLED ?? makeFolder(later);
  const small = await fill(folder, FEW);
  const large = await fill(folder, MANY);
  await compare(
    {
      [`start, ${FEW_STORED}`]: () => startAfterStop(later, small),
      [`start, ${MANY_STORED}`]: () => startAfterStop(later, large),
      [`start after kill -9, ${FEW_STORED}`]: () => startAfterKill(later, small),
      [`start after kill -9, ${MANY_STORED}`]: () => startAfterKill(later, large),
    },
    { unit: "ms" },
  );
});

/** The data directory with that many credentials. */
async function fill(folder: string, count: number): Promise<string> {
  const dataDir = join(folder, `rows-${count}`);
  const mark = join(folder, `rows-${count}.filled`);
  if (!existsSync(mark)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    await fillWithCredentials(dataDir, FEW, "personal_token");
    fillWithRows(join(dataDir, "mintmark.sqlite"), count);
    writeFileSync(mark, "");
  }
  return dataDir;
}

/** From the start of the process to its ready line, in milliseconds. Its file is in the system's cache. */
async function startAfterStop(later: Later, dataDir: string): Promise<number> {
  const began = performance.now();
  const hub = await serveHub(later, { dataDir, env: ENV });
  const ms = performance.now() - began;
  await hub.stop();
  return ms;
}

/** The same after a server was killed that had just written. */
async function startAfterKill(later: Later, dataDir: string): Promise<number> {
  const killed = await startServer({ dataDir, env: ENV });
  later(() => killed.stop("SIGKILL"));
  await logIn(killed);
  await killed.stop("SIGKILL");
  return startAfterStop(later, dataDir);
}
