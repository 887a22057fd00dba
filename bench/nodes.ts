// Claim: a second node on one PostgreSQL brings a second processor's worth of answers.
// Run: npm run bench -- nodes
//
// Each node is pinned to a processor of its own and gets its own load, as a proxy would spread it. On two
// processors the second node shares its one with the load.
import { availableParallelism } from "node:os";
import pg from "pg";
import { logIn } from "../e2e/server.ts";
import { claim, reportDatabase, reportSkipped } from "./claim.ts";
import { ask, type FormEndpoint, HUB_TOKEN_PATH, REFRESH } from "./form-endpoint.ts";
import { MASTER_KEY } from "./hub.ts";
import { load } from "./load.ts";
import { serveHub, servePostgres } from "./processes.ts";
import { measureServer } from "./processor.ts";
import { compare } from "./rounds.ts";
import { issueSecrets } from "./secrets.ts";

const CREDENTIALS = 500;

await claim(async (later) => {
  if (availableParallelism() < 2) {
    reportSkipped("two nodes need two processors");
    return;
  }
  const postgres = await servePostgres(later);
  const databaseUrl = await postgres.createDatabase();
  reportDatabase(await postgresVersion(databaseUrl));
  const env = {
    MINTMARK_DATABASE_URL: databaseUrl,
    MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64"),
  };
  const first = await serveHub(later, { env });
  const second = await serveHub(later, { env });
  measureServer(second.url, second.process.pid, 1);
  const bearer = await logIn(first);
  const secrets = await issueSecrets(first, bearer, CREDENTIALS, {
    kind: "personal_token",
    title: "bench",
    scopes: ["collection:*:*"],
  });
  const offline = await issueSecrets(first, bearer, CREDENTIALS, { kind: "offline_token" });
  const headers = { authorization: "Bearer {}" };
  const verify = async ({ url }: { url: string }) =>
    (await load({ url: `${url}/verify`, headers, values: secrets })).value;
  const refresh = async ({ url }: { url: string }) => {
    const endpoint: FormEndpoint = { ...REFRESH, url: `${url}${HUB_TOKEN_PATH}`, values: offline };
    return (await ask(endpoint)).value;
  };
  await compare({
    "GET /verify, one node": () => verify(first),
    "GET /verify, two nodes": async () => sum(await Promise.all([verify(first), verify(second)])),
  });
  await compare({
    "refresh, RS256, one node": () => refresh(first),
    "refresh, RS256, two nodes": async () => sum(await Promise.all([refresh(first), refresh(second)])),
  });
});

function sum(rates: readonly number[]): number {
  return rates.reduce((total, rate) => total + rate, 0);
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>("show server_version");
  await client.end();
  return `PostgreSQL ${rows[0]?.server_version}`;
}
