// Claim: what is revoked at one node is refused by another before a person could notice, and never later than
// the promised second. Run: npm run bench -- revocation
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import pg from "pg";
import { api, logIn } from "../e2e/server.ts";
import { claim, type Later, report, reportDatabase } from "./claim.ts";
import { serveHub, servePostgres } from "./processes.ts";
import { loneRow, type Row, rowsOf } from "./row.ts";
import { percentile } from "./statistics.ts";

const REVOCATIONS = Math.max(1, Number(process.env.BENCH_REVOCATIONS ?? 300));
/** Connections that ask the second node without pause. */
const POLLERS = 4;
/** Rounds before the first that counts. */
const WARMING = 10;

interface Node {
  readonly url: string;
}

interface Token {
  readonly id: string;
  readonly secret: string;
}

/** Milliseconds of one round. */
interface Round {
  readonly notified: number;
  /** From the request for the revocation to the first refusal. */
  readonly sentToRefused: number;
  /** From its acknowledgement; below zero where the second node refused before the first one answered. */
  readonly acknowledgedToRefused: number;
}

await claim(async (later) => {
  const postgres = await servePostgres(later);
  const databaseUrl = await postgres.createDatabase();
  const env = {
    MINTMARK_DATABASE_URL: databaseUrl,
    MINTMARK_MASTER_KEY: randomBytes(32).toString("base64"),
  };
  const first = await serveHub(later, { env });
  const second = await serveHub(later, { env });
  const bearer = await logIn(first);
  const notify = await openNotifier(later, databaseUrl);
  const rounds: Round[] = [];
  for (let round = -WARMING; round < REVOCATIONS; round += 1) {
    const token = await issue(first, bearer);
    const notified = await notify();
    const measured = await revokeAndWatch({ first, second, bearer, token });
    if (round >= 0) {
      rounds.push({ notified, ...measured });
    }
  }
  report(rowsFrom(rounds));
});

function rowsFrom(rounds: readonly Round[]): readonly Row[] {
  const values = (name: keyof Round) => rounds.map((round) => round[name]);
  const tail = (what: string, name: keyof Round) => [
    loneRow(`${what}, 99 of 100`, percentile(values(name), 99), "ms"),
    loneRow(`${what}, worst`, Math.max(...values(name)), "ms"),
  ];
  const base = "bare NOTIFY → LISTEN";
  return [
    ...rowsOf(
      new Map([
        [base, values("notified")],
        ["asked → refused", values("sentToRefused")],
      ]),
      "ms",
    ),
    ...tail("asked → refused", "sentToRefused"),
    loneRow("acknowledged → refused", percentile(values("acknowledgedToRefused"), 50), "ms"),
    ...tail("acknowledged → refused", "acknowledgedToRefused"),
  ];
}

/**
 * What any revocation by this database costs at the least: a message to another connection, and nothing done
 * with it.
 */
async function openNotifier(later: Later, connectionString: string): Promise<() => Promise<number>> {
  const listener = new pg.Client({ connectionString });
  const notifier = new pg.Client({ connectionString });
  for (const client of [listener, notifier]) {
    await client.connect();
    later(() => client.end());
  }
  const { rows } = await notifier.query<{ server_version: string }>("show server_version");
  reportDatabase(`PostgreSQL ${rows[0]?.server_version}, two nodes`);
  await listener.query("listen bench");
  return async () => {
    const heard = new Promise<number>((resolve) =>
      listener.once("notification", () => resolve(performance.now())),
    );
    const asked = performance.now();
    await notifier.query("select pg_notify('bench', 'a change')");
    return (await heard) - asked;
  };
}

async function issue(node: Node, bearer: string): Promise<Token> {
  const body = { kind: "personal_token", title: "bench", scopes: ["collection:*:*"] };
  const { credential, secret } = await api<{ credential: { id: string }; secret: string }>(
    node,
    "POST",
    "/credentials",
    { bearer, body },
  );
  return { id: credential.id, secret };
}

/** Revokes at the first node what the second has accepted and is being asked about all the while. */
async function revokeAndWatch({
  first,
  second,
  bearer,
  token,
}: {
  readonly first: Node;
  readonly second: Node;
  readonly bearer: string;
  readonly token: Token;
}): Promise<Omit<Round, "notified">> {
  const agent = new Agent({ keepAlive: true, maxSockets: POLLERS });
  try {
    if ((await verify(second, token, agent)).status !== 200) {
      throw new Error("the second node does not know a living credential");
    }
    const refusals = Array.from({ length: POLLERS }, () => pollUntilRefused(second, token, agent));
    const asked = performance.now();
    await api(first, "DELETE", `/credentials/${token.id}`, { bearer });
    const acknowledged = performance.now();
    const polled = await Promise.all(refusals);
    const refused = Math.min(...polled.map(({ refusedAt }) => refusedAt));
    if (polled.some(({ lastAcceptedAskedAt }) => lastAcceptedAskedAt > refused)) {
      throw new Error("a node accepted again what it had refused");
    }
    return { sentToRefused: refused - asked, acknowledgedToRefused: refused - acknowledged };
  } finally {
    agent.destroy();
  }
}

async function pollUntilRefused(
  node: Node,
  token: Token,
  agent: Agent,
): Promise<{ refusedAt: number; lastAcceptedAskedAt: number }> {
  let lastAcceptedAskedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { status, askedAt, answeredAt } = await verify(node, token, agent);
    if (status === 401) {
      return { refusedAt: answeredAt, lastAcceptedAskedAt };
    }
    if (status !== 200) {
      throw new Error(`a verdict was answered ${status}`);
    }
    lastAcceptedAskedAt = askedAt;
  }
}

/** By `node:http`: `fetch` takes several times as long, and that would be measured too. */
function verify(
  node: Node,
  { secret }: Token,
  agent: Agent,
): Promise<{ status: number; askedAt: number; answeredAt: number }> {
  return new Promise((resolve, reject) => {
    const askedAt = performance.now();
    const asking = request(
      `${node.url}/verify`,
      { agent, headers: { authorization: `Bearer ${secret}` } },
      (response) => {
        const answeredAt = performance.now();
        response.resume();
        response.once("end", () => resolve({ status: response.statusCode ?? 0, askedAt, answeredAt }));
      },
    );
    asking.once("error", reject);
    asking.end();
  });
}
