// Claim: a service in Node that verifies by the SDK answers nearly as fast as one that lets everybody in.
// Run: npm run build && npx tsx bench/sdk-verify.ts
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServiceHub } from "../e2e/service-hub.ts";
import { compare } from "./rounds.ts";

/** Whole ones: wrk knows no others. */
const SECONDS = Math.ceil(Number(process.env.BENCH_SECONDS ?? 2));
const CONNECTIONS = 64;
const CREDENTIALS = 500;

const folder = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
const hub = await startServiceHub({ env: { MINTMARK_LOG_LEVEL: "warn" } });
const children: ChildProcess[] = [];
try {
  const issue = () => hub.issue("personal_token", { scopes: ["service:reports:read"] });
  const secrets = (await Promise.all(Array.from({ length: CREDENTIALS }, issue))).map(({ secret }) => secret);
  const bare = await start("bare-constant.mjs");
  const behind = (options: object) =>
    start("sdk-protected.mjs", { baseUrl: hub.server.url, credentials: hub.token, ...options });
  const kept = await behind({});
  const never = await behind({ cache: { seconds: 0 } });
  const neverByClient = await behind({ cache: { seconds: 0 }, credentials: hub.client });
  await compare({
    "bare node:http, constant empty reply": () => load(bare, secrets),
    "protected, one secret": () => load(kept, secrets.slice(0, 1)),
    [`protected, ${CREDENTIALS} secrets in turn`]: () => load(kept, secrets),
    "protected, nothing remembered, asked by a personal token": () => load(never, secrets),
    "protected, nothing remembered, asked by a client": () => load(neverByClient, secrets),
  });
} finally {
  for (const child of children) {
    child.kill();
  }
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Shows the secrets in turn; answers a second. Throws when one of them was refused. */
async function load(url: string, secrets: readonly string[]): Promise<number> {
  const script = join(folder, "secrets.lua");
  writeFileSync(
    script,
    `local requests, turn = {}, 0
init = function(args)
  for _, secret in ipairs({${secrets.map((secret) => JSON.stringify(secret)).join(",")}}) do
    wrk.headers["Authorization"] = "Bearer " .. secret
    requests[#requests + 1] = wrk.format()
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
`,
  );
  const flags = ["-t1", `-c${CONNECTIONS}`, `-d${SECONDS}s`, "-s", script, url];
  const { stdout } = await promisify(execFile)("wrk", flags);
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (refused !== undefined) {
    throw new Error(`${refused} refused: ${url}`);
  }
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

function start(file: string, options: object = {}): Promise<string> {
  const path = fileURLToPath(new URL(`./peers/${file}`, import.meta.url));
  const env = { ...process.env, VERIFIER_OPTIONS: JSON.stringify(options) };
  const child = spawn(process.execPath, [path], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return new Promise((resolve) => {
    child.stdout.once("data", (line: Buffer) => resolve(line.toString().trim().replace("ready at ", "")));
  });
}
