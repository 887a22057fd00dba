// Claim: making a credential durable, with its audit event, costs 32 clients together less than raw commits would cost one after another.
// Run: npx tsx bench/issue.ts
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openNative } from "../packages/server/src/storage/sqlite/driver.ts";
import { NOBODY, openHub } from "./hub.ts";
import { compare, ratePerSecond } from "./rounds.ts";

const CLIENTS = 32;

const { server, directory, remove } = await openHub();
const { hub } = server;
const owner = await hub.accounts.create({ username: "ada", role: "member" }, NOBODY);

const raw = openNative(join(directory, "raw.sqlite"));
raw.exec("pragma journal_mode = wal");
raw.exec("pragma synchronous = full");
raw.exec(
  "create table rows (id blob primary key, owner text, hint text, scopes text, created_at integer) without rowid",
);
const insert = raw.prepare("insert into rows values (?, ?, ?, ?, ?)");

const issue = () => hub.credentials.issue(owner, { kind: "personal_token", title: "bench" }, NOBODY);
const makeAndRevoke = async () => {
  const { credential } = await issue();
  await hub.credentials.revoke(credential, NOBODY, null);
};

await compare({
  "raw single-row commits, synchronous=FULL, one after another": () =>
    ratePerSecond(() => insert.run(randomBytes(32), "ada", "mmt_…abcd", '["*:*:*"]', Date.now()), 1),
  "mintmark, issue, one client": () => ratePerSecond(issue, 1),
  [`mintmark, issue, ${CLIENTS} clients`]: () => together(issue),
  [`mintmark, issue and revoke, ${CLIENTS} clients`]: () => together(makeAndRevoke),
});
raw.close();
await remove();

/** Each client asks for its next one as soon as it has the last. */
async function together(work: () => Promise<unknown>): Promise<number> {
  const rates = await Promise.all(Array.from({ length: CLIENTS }, () => ratePerSecond(work, 1)));
  return rates.reduce((sum, rate) => sum + rate, 0);
}
