// Claim: making a credential durable, with its audit event, costs 32 clients together less than raw commits
// would cost one after another. Run: npm run bench -- issue
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { logIn } from "../e2e/server.ts";
import type { Store } from "../packages/server/src/core/store.ts";
import { openPostgresStore } from "../packages/server/src/storage/postgres/open.ts";
import { openNative } from "../packages/server/src/storage/sqlite/driver.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { claim, type Later, reportDatabase } from "./claim.ts";
import { type HubPlace, NOBODY, openHub } from "./hub.ts";
import { load } from "./load.ts";
import { sqliteVersion } from "./machine.ts";
import { makeFolder, serveHub, servePostgres } from "./processes.ts";
import { type Contestant, compare, ratePerSecond } from "./rounds.ts";

const CLIENTS = 32;
const NODES = 3;

await claim(async (later) => {
  await compare({
    "SQLite: raw durable commits, one row each": commitInSqlite(later),
    ...(await issueIn("SQLite", later)),
    [`SQLite: issue over HTTP, ${CLIENTS} connections`]: await issueOverHttp(later),
  });
  const postgres = await servePostgres(later);
  const url = await postgres.createDatabase();
  const raw = new pg.Client({ connectionString: url });
  await raw.connect();
  later(() => raw.end());
  const { rows } = await raw.query<{ server_version: string }>("show server_version");
  reportDatabase(`${sqliteVersion()}, PostgreSQL ${rows[0]?.server_version}`);
  const openStore = () => openPostgresStore(url, systemClock, console.error);
  await compare({
    "PostgreSQL: raw durable commits, one row each": await commitInPostgres(raw),
    ...(await issueIn("PostgreSQL", later, { store: await openStore() })),
    [`PostgreSQL: issue, ${CLIENTS} clients on each of ${NODES} nodes`]: await issueOnNodes(openStore, later),
  });
});

/**
 * The minimum of a credential: a key, an owner, what may be shown of it, what it may do, when it was created.
 */
function leastRow(): [Buffer, string, string, string, number] {
  return [randomBytes(32), "ada", "mmt_…abcd", '["*:*:*"]', Date.now()];
}

/** One connection, as durable as ours; nothing is shared and nothing waited for but the disk. */
function commitInSqlite(later: Later): Contestant {
  const raw = openNative(join(makeFolder(later), "raw.sqlite"));
  later(() => raw.close());
  raw.exec("pragma journal_mode = wal");
  raw.exec("pragma synchronous = full");
  raw.exec(
    "create table rows (id blob primary key, owner text, hint text, scopes text, created_at integer) without rowid",
  );
  const insert = raw.prepare("insert into rows values (?, ?, ?, ?, ?)");
  return () => ratePerSecond(() => insert.run(...leastRow()), 1);
}

/** One connection, a prepared statement, the server's own `synchronous_commit=on`. */
async function commitInPostgres(raw: pg.Client): Promise<Contestant> {
  await raw.query(
    "create table rows (id bytea primary key, owner text, hint text, scopes text, created_at bigint)",
  );
  const insert = { name: "insert", text: "insert into rows values ($1, $2, $3, $4, $5)" };
  return () => ratePerSecond(() => raw.query({ ...insert, values: leastRow() }), 1);
}

async function issueIn(
  database: string,
  later: Later,
  place: HubPlace = {},
): Promise<Readonly<Record<string, Contestant>>> {
  const { server, remove } = await openHub(place);
  later(remove);
  const { hub } = server;
  const owner = await hub.accounts.create({ username: "ada", role: "member" }, NOBODY);
  const issue = () =>
    hub.issuance.issue(owner, { kind: "personal_token", title: "bench", scopes: ["*:*:*"] }, NOBODY);
  const issueAndRevoke = async () => {
    const { credential } = await issue();
    await hub.revocations.revoke(credential, NOBODY, null);
  };
  return {
    [`${database}: issue, one client`]: () => ratePerSecond(issue, 1),
    [`${database}: issue, ${CLIENTS} clients`]: () => together(issue),
    [`${database}: issue and revoke, ${CLIENTS} clients`]: () => together(issueAndRevoke),
  };
}

/** Several nodes of one database, all in this process. */
async function issueOnNodes(openStore: () => Promise<Store>, later: Later): Promise<Contestant> {
  const nodes: (() => Promise<unknown>)[] = [];
  for (let node = 0; node < NODES; node += 1) {
    const { server, remove } = await openHub({ store: await openStore() });
    later(remove);
    const { accounts, issuance } = server.hub;
    const owner = await accounts.create({ username: `node${node}`, role: "member" }, NOBODY);
    nodes.push(() =>
      issuance.issue(owner, { kind: "personal_token", title: "bench", scopes: ["*:*:*"] }, NOBODY),
    );
  }
  return async () => {
    const rates = await Promise.all(nodes.map(together));
    return rates.reduce((sum, rate) => sum + rate, 0);
  };
}

/** Each client asks for its next one as soon as it has the last. */
async function together(work: () => Promise<unknown>): Promise<number> {
  const rates = await Promise.all(Array.from({ length: CLIENTS }, () => ratePerSecond(work, 1)));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

/** The same work by a server of its own and its API. */
async function issueOverHttp(later: Later): Promise<Contestant> {
  const hub = await serveHub(later);
  const authorization = `Bearer ${await logIn(hub)}`;
  return () =>
    load({
      url: `${hub.url}/api/mintmark/v1/credentials`,
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ kind: "personal_token", title: "bench", scopes: ["collection:*:*"] }),
      connections: CLIENTS,
    });
}
