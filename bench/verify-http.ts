// Claim: the answer to "may this request pass?" costs little more than HTTP itself, for good, unknown and garbage secrets alike.
// Run: npm run build -w packages/server && npx tsx bench/verify-http.ts
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { api, logIn, startServer } from "../e2e/server.ts";
import { drawSecret } from "../packages/server/src/core/secret/format.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { compare } from "./rounds.ts";

/** Whole ones: wrk knows no others. */
const SECONDS = Math.ceil(Number(process.env.BENCH_SECONDS ?? 2));
const CONNECTIONS = 64;
const CREDENTIALS = 500;

const folder = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
const hub = await startServer({ env: { MINTMARK_LOG_LEVEL: process.env.BENCH_LOG ?? "warn" } });
const bare = await startBare();
try {
  const bearer = await logIn(hub);
  const make = () =>
    api<{ secret: string }>(hub, "POST", "/credentials", {
      bearer,
      body: { kind: "personal_token", title: "bench", scopes: ["repository:team/*:pull", "collection:*:*"] },
    });
  const secrets = (await Promise.all(Array.from({ length: CREDENTIALS }, make))).map(({ secret }) => secret);
  const unknown = secrets.map(() => drawSecret(systemEntropy, "mmt_").reveal());
  const garbage = secrets.map((secret) => `${secret.slice(0, -1)}-`);
  const body = { name: "bench", type: "confidential" };
  const { client, clientSecret } = await api<{ client: { clientId: string }; clientSecret: string }>(
    hub,
    "POST",
    "/oauth/clients",
    { bearer, body },
  );
  const basic = Buffer.from(`${client.clientId}:${clientSecret}`).toString("base64");
  const verify = (name: string, list: readonly string[], path: string, good: boolean) =>
    run(`${hub.url}${path}`, script(name, list, `wrk.headers["Authorization"] = "Bearer " .. secret`), good);
  const introspect = (name: string, list: readonly string[]) =>
    run(
      `${hub.url}/oauth/introspect`,
      script(
        name,
        list,
        `wrk.method = "POST"; wrk.headers["Authorization"] = "Basic ${basic}"; wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"; wrk.body = "token=" .. secret`,
      ),
      true,
    );
  await compare({
    "bare node:http, constant empty reply": () =>
      run(bare.url, script("bare", secrets, `wrk.headers["Authorization"] = "Bearer " .. secret`), true),
    [`GET /verify, ${CREDENTIALS} credentials in turn`]: () => verify("good", secrets, "/verify", true),
    "GET /verify?scope=…": () => verify("scope", secrets, "/verify?scope=repository:team/app:pull", true),
    "GET /verify, unknown secrets": () => verify("unknown", unknown, "/verify", false),
    "GET /verify, garbage": () => verify("garbage", garbage, "/verify", false),
    "POST /oauth/introspect": () => introspect("introspect", secrets),
    "POST /oauth/introspect, unknown secrets": () => introspect("introspect-unknown", unknown),
  });
} finally {
  bare.stop();
  await hub.stop();
  hub.remove();
  rmSync(folder, { recursive: true, force: true });
}

/** A script for wrk that shows the secrets in turn. Requests are formatted once, so that the load costs the load generator little. */
function script(name: string, secrets: readonly string[], prepare: string): string {
  const file = join(folder, `${name}.lua`);
  const list = secrets.map((secret) => JSON.stringify(secret)).join(",");
  writeFileSync(
    file,
    `local requests, turn = {}, 0
init = function(args)
  for _, secret in ipairs({${list}}) do
    ${prepare}
    requests[#requests + 1] = wrk.format()
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
`,
  );
  return file;
}

async function run(url: string, file: string, good: boolean): Promise<number> {
  const flags = ["-t1", `-c${CONNECTIONS}`, `-d${SECONDS}s`, "-s", file, url];
  const { stdout } = await promisify(execFile)("wrk", flags);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const total = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (refused !== (good ? 0 : total)) {
    throw new Error(`${refused} of ${total} refused: ${url}`);
  }
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

function startBare(): Promise<{ readonly url: string; stop(): void }> {
  const file = fileURLToPath(new URL("./peers/bare-constant.mjs", import.meta.url));
  const child = spawn(process.execPath, [file, ""], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    child.stdout.once("data", (line: Buffer) => {
      resolve({ url: line.toString().trim().replace("ready at ", ""), stop: () => void child.kill() });
    });
  });
}
