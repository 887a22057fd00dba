// Claim: no verdict is ever wrong, whatever happens at once on three nodes.
// Run: npm run build -w packages/server && MINUTES=10 npx tsx bench/mixed-load.ts
//
// Issues, verifies, revokes, disables accounts and takes grants away on any of three nodes, and now and then
// cuts the nodes' listening connections. Wrong is: a 200 that was asked for more than a second after an end
// was acknowledged; anything but a 200 for what lives, unless the hub said 503, which is counted.
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { api, logIn, type RunningServer, startServer } from "../e2e/server.ts";
import { startPostgres } from "../packages/server/src/testing/postgres.ts";

const MINUTES = Number(process.env.MINUTES ?? 10);
const BOUND_MS = 1_000;
const VERIFIERS = 12;
const LIVE_MAX = 300;
const NODES = 3;

interface Token {
  readonly secret: string;
  readonly id: string;
  readonly madeAt: number;
  /** When its end was asked for; from then on both answers are right. */
  endingAt: number;
  /** When its end was acknowledged; a second later only a refusal is right. */
  endedAt: number;
}

const counts = {
  verified: 0,
  accepted: 0,
  refused: 0,
  unavailable: 0,
  issued: 0,
  revoked: 0,
  cut: 0,
  lateMs: 0,
};
const wrong: string[] = [];
const live: Token[] = [];
const dead: Token[] = [];

const postgres = await startPostgres();
const databaseUrl = await postgres.createDatabase();
const env = {
  MINTMARK_DATABASE_URL: databaseUrl,
  MINTMARK_MASTER_KEY: randomBytes(32).toString("base64"),
  MINTMARK_LOG_LEVEL: "fatal",
};
const nodes: RunningServer[] = [await startServer({ env })];
nodes.push(...(await Promise.all([startServer({ env }), startServer({ env })])));
const admin = new pg.Client({ connectionString: databaseUrl });
await admin.connect();
const root = await logIn(node());
const until = performance.now() + MINUTES * 60_000;
try {
  const progress = setInterval(report, 30_000);
  await Promise.all([
    ...Array.from({ length: VERIFIERS }, () => repeat(verifyOne, 0)),
    repeat(issueOne, 20),
    repeat(revokeOne, 30),
    repeat(disableOne, 5_000),
    repeat(cutOne, 17_000),
  ]);
  clearInterval(progress);
} finally {
  report();
  await admin.end();
  await Promise.all(nodes.map((one) => one.stop()));
  for (const one of nodes) {
    one.remove();
  }
  await postgres.remove();
}
if (wrong.length > 0) {
  console.error(wrong.slice(0, 20).join("\n"));
  process.exit(1);
}

async function repeat(act: () => Promise<void>, pauseMs: number): Promise<void> {
  while (performance.now() < until) {
    await act();
    await delay(pauseMs === 0 ? 0 : randomInt(pauseMs, 2 * pauseMs));
  }
}

async function verifyOne(): Promise<void> {
  const from = randomInt(10) < 7 || dead.length === 0 ? live : dead;
  const token = from[randomInt(Math.max(1, from.length))];
  if (!token) {
    await delay(50);
    return;
  }
  const asked = performance.now();
  const reply = await fetch(`${node().url}/verify`, { headers: { authorization: `Bearer ${token.secret}` } });
  await reply.arrayBuffer();
  counts.verified += 1;
  if (reply.status === 503) {
    counts.unavailable += 1;
  } else if (reply.status === 200) {
    counts.accepted += 1;
    counts.lateMs = Math.max(counts.lateMs, asked - token.endedAt);
    if (asked > token.endedAt + BOUND_MS) {
      wrong.push(`${token.id} was accepted ${Math.round(asked - token.endedAt)} ms after its end`);
    }
  } else {
    counts.refused += 1;
    if (performance.now() < token.endingAt) {
      wrong.push(`${token.id} lives and was answered ${reply.status}`);
    }
  }
}

async function issueOne(): Promise<void> {
  if (live.length < LIVE_MAX) {
    live.push(await issue(root));
  }
}

async function issue(bearer: string): Promise<Token> {
  const { credential, secret } = await api<{ credential: { id: string }; secret: string }>(
    node(),
    "POST",
    "/credentials",
    { bearer, body: { kind: "personal_token", title: "load", scopes: ["*:*:*"] } },
  );
  counts.issued += 1;
  const never = Number.POSITIVE_INFINITY;
  return { secret, id: credential.id, madeAt: performance.now(), endingAt: never, endedAt: never };
}

async function revokeOne(): Promise<void> {
  const [token] = live.length > 50 ? live.splice(randomInt(live.length), 1) : [];
  if (token) {
    await end([token], () => api(node(), "DELETE", `/credentials/${token.id}`, { bearer: root }));
    counts.revoked += 1;
  }
}

/** A person with some tokens is disabled on one node while the others verify them. */
async function disableOne(): Promise<void> {
  const username = `user${randomBytes(4).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  await api(node(), "POST", "/users", { bearer: root, body: { username, password, role: "member" } });
  const bearer = await logIn(node(), username, password);
  const tokens = await Promise.all([issue(bearer), issue(bearer), issue(bearer)]);
  live.push(...tokens);
  await delay(randomInt(1_000, 3_000));
  for (const token of tokens) {
    if (live.includes(token)) {
      live.splice(live.indexOf(token), 1);
    }
  }
  await end(tokens, () =>
    api(node(), "PATCH", `/users/${username}`, { bearer: root, body: { disabled: true } }),
  );
}

async function end(tokens: readonly Token[], act: () => Promise<unknown>): Promise<void> {
  for (const token of tokens) {
    token.endingAt = Math.min(token.endingAt, performance.now());
  }
  dead.push(...tokens);
  await act();
  for (const token of tokens) {
    token.endedAt = Math.min(token.endedAt, performance.now());
  }
  dead.splice(0, Math.max(0, dead.length - LIVE_MAX));
}

async function cutOne(): Promise<void> {
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mintmark listener' and datname = current_database()",
  );
  counts.cut += 1;
}

function node(): RunningServer {
  return nodes[randomInt(NODES)] as RunningServer;
}

function report(): void {
  const { lateMs, ...rest } = counts;
  const late = Number.isFinite(lateMs) ? Math.max(0, Math.round(lateMs)) : 0;
  console.log(
    `${Object.entries(rest)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}; latest acceptance asked for ${late} ms after an end; wrong ${wrong.length}`,
  );
}
