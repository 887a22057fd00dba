// Claim: whatever one caller asks, no other waits for it. Measures the longest time for which the event loop
// does not come round, and so the longest that a verification waits, while each of the heavy things is done
// in a store of a million.
// Run: npm run bench -- stalls   (BENCH_STALLS_STORED=100000 for a smaller store)
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { addManyCredentials } from "../packages/server/src/testing/many-credentials.ts";
import { claim, report } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { NOBODY, openHub } from "./hub.ts";
import { loneRow } from "./row.ts";

const STORED = Number(process.env.BENCH_STALLS_STORED ?? 1_000_000);
/** Credentials of the account that is disabled, and of the one whose list is read. */
const LARGE = Math.ceil(STORED / 10);
const CHECKED = 100_000;

await claim(async (later) => {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-stalls-"));
  await fillWithCredentials(directory, STORED, "offline_token");
  const { server, store, remove } = await openHub({ directory });
  later(remove);
  const { hub } = server;
  for (const username of ["large", "larger"]) {
    const account = await hub.accounts.create({ username, role: "member" }, NOBODY);
    await addManyCredentials(store, account, LARGE, systemClock);
  }
  const listed = await hub.accounts.get("larger");
  const byLastUse = { by: "lastUsed", descending: true } as const;
  report([
    await stall(
      `nothing, ${STORED.toLocaleString("en")} stored`,
      () => new Promise((resolve) => setTimeout(resolve, 1_000)),
    ),
    await stall(`audit check, ${CHECKED.toLocaleString("en")} events`, () =>
      hub.audit.check({ after: 0, limit: CHECKED }),
    ),
    await stall("expiry, nothing to do", () => hub.jobs.run("expire-credentials")),
    await stall(`list of ${LARGE.toLocaleString("en")} by last use`, () =>
      hub.credentials.list({ ownerId: listed.id, order: byLastUse, limit: 100 }),
    ),
    await stall(`disable an account with ${LARGE.toLocaleString("en")}`, () =>
      hub.accounts.update("large", { disabled: true }, NOBODY),
    ),
  ]);
});

/** The worst gap between two turns of the loop while the work is done. */
async function stall(what: string, work: () => Promise<unknown>) {
  let worst = 0;
  let last = performance.now();
  let done = false;
  const turn = (): void => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
    if (!done) {
      setImmediate(turn);
    }
  };
  turn();
  await work();
  done = true;
  turn();
  return loneRow(`worst gap: ${what}`, worst, "ms");
}
