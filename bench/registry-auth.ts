// Claim: a log-in at /v2/auth costs little more than the ES256 signature in it.
// Run: npm run build -w packages/server && npx tsx bench/registry-auth.ts
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { api, logIn, startServer } from "../e2e/server.ts";

const TOKENS = 500;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 6);
const CONNECTIONS = 50;

interface Running {
  readonly url: string;
  stop(): Promise<unknown>;
}

async function main(): Promise<void> {
  const hub = await startServer({ env: { MINTMARK_LOG_LEVEL: "warn" } });
  const bare = await startBare();
  try {
    const bearer = await logIn(hub);
    const tokens: string[] = [];
    while (tokens.length < TOKENS) {
      const { secret } = await api<{ secret: string }>(hub, "POST", "/credentials", {
        bearer,
        body: { kind: "app_token" },
      });
      tokens.push(secret);
    }
    await measure(hub, bare, tokens);
  } finally {
    await bare.stop();
    await hub.stop();
    hub.remove();
  }
}

/** Rounds take turns, so that whatever else the machine does falls on all alike; the median round counts. */
async function measure(hub: Running, bare: Running, tokens: readonly string[]): Promise<void> {
  const scope = "&scope=repository%3Aadmin%2Fapp%3Apull%2Cpush";
  const results = { bare: [] as number[], login: [] as number[], push: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    results.bare.push(await load(bare, tokens, ""));
    results.login.push(await load(hub, tokens, ""));
    results.push.push(await load(hub, tokens, scope));
  }
  const base = median(results.bare);
  const line = (name: string, rate: number) =>
    console.log(
      `${name.padEnd(34)} ${String(Math.round(rate)).padStart(7)} /s   ${(rate / base).toFixed(2)}`,
    );
  line("bare node:http, one ES256 each", base);
  line(`mintmark, log-in, ${tokens.length} tokens`, median(results.login));
  line("mintmark, one scope", median(results.push));
}

async function load(target: Running, tokens: readonly string[], scope: string): Promise<number> {
  let turn = 0;
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [
      {
        method: "GET",
        path: `/v2/auth?account=%24app&service=mintmark-registry${scope}`,
        setupRequest: (request) => {
          turn = (turn + 1) % tokens.length;
          const pair = Buffer.from(`$app:${tokens[turn]}`).toString("base64");
          return { ...request, headers: { authorization: `Basic ${pair}` } };
        },
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  }
  return result["2xx"] / SECONDS;
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

await main();
