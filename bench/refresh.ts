// Claim: an exchange of an offline token costs little more than the signature in it, however many tokens there are.
// Run: npm run build -w packages/server && npx tsx bench/refresh.ts
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { type RunningServer, startServer } from "../e2e/server.ts";
import { anonymousCaller } from "../packages/server/src/core/credential/caller.ts";
import { Keyring } from "../packages/server/src/core/secret/keyring.ts";
import { createLogger } from "../packages/server/src/http/logging.ts";
import { createServer } from "../packages/server/src/server.ts";
import { DiskArtifactStore } from "../packages/server/src/storage/artifacts/artifact-store.ts";
import { openSqliteStore } from "../packages/server/src/storage/sqlite/open.ts";
import { Argon2Hasher } from "../packages/server/src/system/argon2-hasher.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { POLICY } from "../packages/server/src/testing/harness.ts";

const MANY = Number(process.env.BENCH_TOKENS ?? 100_000);
const FEW = 1_000;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 6);
const CONNECTIONS = 50;
const TOKEN_PATH = "/auth/realms/redhat-external/protocol/openid-connect/token";
const MASTER_KEY = Buffer.alloc(32, 9);

interface Running {
  readonly url: string;
  stop(): Promise<unknown>;
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
  const started = Date.now();
  const tokens = await seed(dataDir, MANY);
  console.log(`${MANY} offline tokens made in ${Math.round((Date.now() - started) / 1000)} s`);
  const bare = await startBare();
  const hub = await startServer({
    dataDir,
    env: { MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64"), MINTMARK_LOG_LEVEL: "warn" },
  });
  try {
    await checkParallel(hub, tokens[0] as string);
    await measure(hub, bare, tokens);
  } finally {
    await bare.stop();
    await hub.stop();
    hub.remove();
  }
}

/** Makes accounts and their tokens with the hub's own verbs, without HTTP in between. */
async function seed(dataDir: string, count: number): Promise<readonly string[]> {
  const server = await createServer({
    store: await openSqliteStore(join(dataDir, "mintmark.sqlite"), systemClock),
    artifacts: await DiskArtifactStore.open(dataDir),
    clock: systemClock,
    entropy: systemEntropy,
    keyring: Keyring.of(MASTER_KEY),
    passwords: new Argon2Hasher(),
    policy: POLICY,
    indexEntries: 1_000,
    logger: createLogger("silent"),
    trustedProxies: [],
    metricsReaders: null,
    dialectOptions: { galaxyPrefix: "/api/galaxy" },
  });
  const caller = anonymousCaller({ address: null, agent: "bench" });
  const { accounts, credentials } = server.hub;
  const owners = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const username = `user${index}`;
      await accounts.create({ username, role: "member" }, caller);
      return accounts.get(username);
    }),
  );
  const secrets: string[] = [];
  while (secrets.length < count) {
    const batch = owners.flatMap((owner) => Array.from({ length: 50 }, () => owner));
    const issued = await Promise.all(
      batch.map((owner) => credentials.issue(owner, { kind: "offline_token" }, caller)),
    );
    secrets.push(...issued.map(({ secret }) => secret.reveal()));
  }
  await server.close();
  return secrets.slice(0, count);
}

function startBare(): Promise<Running> {
  const file = fileURLToPath(new URL("./peers/bare-signer.mjs", import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => new Promise((resolve) => child.once("exit", resolve) && child.kill());
  return new Promise((resolve) => {
    child.stdout.once("data", (line: Buffer) => {
      resolve({ url: line.toString().trim().replace("ready at ", ""), stop });
    });
  });
}

async function checkParallel(hub: RunningServer, token: string): Promise<void> {
  const replies = await Promise.all(
    Array.from({ length: 50 }, () =>
      fetch(`${hub.url}${TOKEN_PATH}`, { method: "POST", body: new URLSearchParams(formOf(token)) }),
    ),
  );
  const good = replies.filter(({ status }) => status === 200).length;
  console.log(`50 exchanges of one token at once: ${good} succeeded`);
}

/** Rounds take turns, so that whatever else the machine does falls on all alike; the median round counts. */
async function measure(hub: Running, bare: Running, tokens: readonly string[]): Promise<void> {
  const results = { bare: [] as number[], one: [] as number[], few: [] as number[], many: [] as number[] };
  // Each token once, so that the rounds do not measure the first look-up.
  const cold = await load(hub, tokens, { amount: tokens.length });
  console.log(`first exchange of each of ${tokens.length}: ${Math.round(cold)} /s`);
  for (let round = 0; round < ROUNDS; round += 1) {
    results.bare.push(await load(bare, tokens.slice(0, FEW), { duration: SECONDS }));
    results.one.push(await load(hub, tokens.slice(0, 1), { duration: SECONDS }));
    results.few.push(await load(hub, tokens.slice(0, FEW), { duration: SECONDS }));
    results.many.push(await load(hub, tokens, { duration: SECONDS }));
  }
  const base = median(results.bare);
  const line = (name: string, rate: number) =>
    console.log(
      `${name.padEnd(34)} ${String(Math.round(rate)).padStart(7)} /s   ${(rate / base).toFixed(2)}`,
    );
  line("bare node:http, one ES256 each", base);
  line("mintmark, one token", median(results.one));
  line(`mintmark, ${FEW} tokens in turn`, median(results.few));
  line(`mintmark, ${MANY} tokens in turn`, median(results.many));
  console.log(`${MANY} tokens beside ${FEW}: ${(median(results.many) / median(results.few)).toFixed(2)}`);
}

async function load(
  target: Running,
  tokens: readonly string[],
  until: { readonly amount: number } | { readonly duration: number },
): Promise<number> {
  let turn = 0;
  const began = performance.now();
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    ...until,
    requests: [
      {
        method: "POST",
        path: TOKEN_PATH,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        setupRequest: (request) => {
          turn = (turn + 1) % tokens.length;
          return { ...request, body: formOf(tokens[turn] as string) };
        },
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  }
  return result["2xx"] / ((performance.now() - began) / 1000);
}

function formOf(token: string): string {
  return `grant_type=refresh_token&client_id=cloud-services&refresh_token=${token}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

await main();
