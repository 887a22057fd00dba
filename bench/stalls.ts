// Claim: whatever one caller asks, no other waits for it. Verifies 2,000 secrets a second in a store of a
// million credentials and events, and measures while each of the heavy things is done for how long the event
// loop does not come round: as the clock has it, and as processor time of the main thread, which other work
// of the machine does not lengthen (but which waiting for the disk does not lengthen either).
// Run: npm run bench -- stalls
// BENCH_STALLS_STORED=100000 makes a smaller store, BENCH_STALLS_DIR keeps it for the next run.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Credential } from "../packages/server/src/core/credential/credential.ts";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { nextTurn } from "../packages/server/src/core/turn.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { addManyCredentials } from "../packages/server/src/testing/many-credentials.ts";
import { claim, report } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { NOBODY, type OpenHub, openHub } from "./hub.ts";
import { loneRow, type Row } from "./row.ts";
import { indexWork } from "./stalls-index.ts";

const STORED = Number(process.env.BENCH_STALLS_STORED ?? 1_000_000);
/** Credentials of the account that is disabled, and of the one whose list is read. */
const LARGE = Math.ceil(STORED / 10);
const CHECKED = 100_000;
const VERIFIED = 1_000;
const USED = 20_000;
/** In each millisecond. */
const VERIFIED_AT_ONCE = 2;
const IDLE_MS = 1_000;

await claim(async (later) => {
  const directory = process.env.BENCH_STALLS_DIR ?? mkdtempSync(join(tmpdir(), "mintmark-stalls-"));
  const secrets = await filled(directory);
  const opened = await openHub({ directory });
  later(opened.remove);
  const { hub } = opened.server;
  const large = `large${Date.now()}`;
  for (const username of [large, `${large}r`]) {
    const account = await hub.accounts.create({ username, role: "member" }, NOBODY);
    await addManyCredentials(opened.store, account, LARGE, systemClock);
  }
  const listed = await hub.accounts.get(`${large}r`);
  const list = (by: "lastUsed" | "expires") => () =>
    hub.credentials.list({ ownerId: listed.id, order: { by, descending: true }, limit: 100 });
  const used = await opened.store.read.credentials.list({ limit: USED, now: systemClock.now() });
  const size = STORED.toLocaleString("en");
  const count = LARGE.toLocaleString("en");
  const heavy: Readonly<Record<string, () => Promise<unknown>>> = {
    [`nothing, ${size} stored`]: () => delay(IDLE_MS),
    [`audit check, ${CHECKED.toLocaleString("en")} events`]: () =>
      hub.audit.check({ after: 0, limit: CHECKED }),
    "expiry, nothing to do": () => hub.jobs.run("expire-credentials"),
    [`list of ${count} by last use`]: list("lastUsed"),
    [`list of ${count} by end`]: list("expires"),
    "statistics of the hub": () => hub.statistics.ofHub(),
    "search for a text that nobody has": () =>
      hub.credentials.list({
        text: "no title holds this",
        order: { by: "created", descending: true },
        limit: 100,
      }),
    "count of a kind that is due": () => hub.credentials.countOlderThan(["offline_token"], 0),
    "learning all digests": () => opened.server.context.index.digests.learn(),
    ...indexWork(opened),
    [`${USED.toLocaleString("en")} uses written`]: () => useAll(opened, used),
    [`disable an account with ${count}`]: () => hub.accounts.update(large, { disabled: true }, NOBODY),
  };
  const idle = { gap: 0, busy: 0 };
  for (const [what, work] of Object.entries(heavy)) {
    report(rowsOf(what, await stall(opened, secrets, what, work)));
    // What the machine does to the loop at that time, in turn with the work.
    const beside = await stall(opened, secrets, `nothing, after ${what}`, () => delay(IDLE_MS));
    idle.gap = Math.max(idle.gap, beside.gap);
    idle.busy = Math.max(idle.busy, beside.busy);
  }
  report(rowsOf("nothing, between the others", idle));
});

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

/** As requests would use them, some in each turn of the loop. */
async function useAll({ server }: OpenHub, credentials: readonly Credential[]): Promise<void> {
  for (const [at, credential] of credentials.entries()) {
    server.hub.uses.record(credential, { address: "192.0.2.9", agent: "bench" });
    if (at % VERIFIED === 0) {
      await nextTurn();
    }
  }
  await server.context.usage.flush();
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
