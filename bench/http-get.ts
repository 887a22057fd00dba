// Claim: a GET that shows its credential costs little more than HTTP itself.
// Run: npm run build -w packages/server && npx tsx bench/http-get.ts
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import autocannon from "autocannon";
import { api, logIn, startServer } from "../e2e/server.ts";
import { compare } from "./rounds.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
const CONNECTIONS = 64;
const BODY = JSON.stringify({ username: "ada", id: "0".repeat(36), groups: [], text: "x".repeat(120) });

const hub = await startServer({ env: { MINTMARK_LOG_LEVEL: "warn" } });
const bare = await startBare();
try {
  const bearer = await logIn(hub);
  const { secret: hubToken } = await api<{ secret: string }>(hub, "POST", "/credentials", {
    bearer,
    body: { kind: "hub_token" },
  });
  const token = `Token ${hubToken}`;
  const load = await chooseLoad();
  await compare({
    "bare node:http, constant reply": () => load(bare.url, token),
    "mintmark, GET /healthz": () => load(`${hub.url}/healthz`, token),
    "mintmark, GET /api/galaxy/_ui/v1/me/, Token": () => load(`${hub.url}/api/galaxy/_ui/v1/me/`, token),
    "mintmark, GET /api/mintmark/v1/session, session bearer": () =>
      load(`${hub.url}/api/mintmark/v1/session`, `Bearer ${bearer}`),
  });
} finally {
  bare.stop();
  await hub.stop();
  hub.remove();
}

type Load = (url: string, authorization: string) => Promise<number>;

/** `wrk` where it is installed: autocannon itself is slower than a bare server and would flatter whatever runs beside it. */
async function chooseLoad(): Promise<Load> {
  try {
    await promisify(execFile)("wrk", ["--version"]);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") {
      console.log(
        "(by autocannon, which tops out before the bare server does: the ratios look better than they are)",
      );
      return loadByAutocannon;
    }
  }
  return loadByWrk;
}

async function loadByWrk(url: string, authorization: string): Promise<number> {
  const flags = ["-t1", `-c${CONNECTIONS}`, `-d${SECONDS}s`, "-H", `Authorization: ${authorization}`, url];
  const { stdout } = await promisify(execFile)("wrk", flags);
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (refused !== undefined) {
    throw new Error(`${refused} refused: ${url}`);
  }
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

async function loadByAutocannon(url: string, authorization: string): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: { authorization },
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} refused, ${result.errors} failed: ${url}`);
  }
  return result["2xx"] / SECONDS;
}

function startBare(): Promise<{ readonly url: string; stop(): void }> {
  const file = fileURLToPath(new URL("./peers/bare-constant.mjs", import.meta.url));
  const child = spawn(process.execPath, [file, BODY], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    child.stdout.once("data", (line: Buffer) => {
      resolve({ url: line.toString().trim().replace("ready at ", ""), stop: () => void child.kill() });
    });
  });
}
