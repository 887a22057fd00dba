// Claim: asking the hub about each request costs a service's nginx and its machine a known amount, which the
// `keepalive` of the guide makes much smaller. Run: npm run bench -- gateway
//
// nginx runs the configuration of docs/guide/protect-a-service.md, except that it answers by itself in place
// of a service, so that only the check costs something. nginx shares a processor with the load, not with the
// hub.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../e2e/find-program.ts";
import { guideBlock } from "../e2e/guide-blocks.ts";
import { startNginx } from "../e2e/nginx.ts";
import { logIn } from "../e2e/server.ts";
import { claim, type Later, reportSkipped } from "./claim.ts";
import { load, type Reached } from "./load.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { measureServer } from "./processor.ts";
import { compare } from "./rounds.ts";
import { issueSecrets } from "./secrets.ts";

const CREDENTIALS = 500;
/** Not that of the hub: each would interrupt the other, and a proxy seldom shares one with what it asks. */
const NGINX_PROCESSOR = 1;
const GUIDE = readFileSync(new URL("../docs/guide/protect-a-service.md", import.meta.url), "utf8");
const SERVICE = "proxy_pass http://127.0.0.1:3000;";
const CHECK = "auth_request /mintmark-verify;";
const KEEPALIVE = /^ *keepalive \d+;\n/m;
const HUB_CALL = /proxy_pass http:\/\/mintmark\/.*;/;

const nginx = findProgram("nginx");
await claim(async (later) => {
  if (nginx === undefined) {
    reportSkipped("nginx is not installed (Debian's package nginx)");
    return;
  }
  const hub = await serveHub(later, { env: { MINTMARK_TRUSTED_PROXIES: "127.0.0.1/32" } });
  const values = await issueSecrets(hub, await logIn(hub), CREDENTIALS, {
    kind: "personal_token",
    title: "bench",
    scopes: ["service:reports:read"],
  });
  const guide = replaced(guideBlock(GUIDE, "nginx"), SERVICE, "empty_gif;").replaceAll(
    "127.0.0.1:8080",
    new URL(hub.url).host,
  );
  const unchecked = await serveNginx(later, nginx, replaced(guide, CHECK, ""));
  const constant = await serveNginx(later, nginx, replaced(guide, HUB_CALL, "return 204;"));
  const kept = await serveNginx(later, nginx, guide);
  const closed = await serveNginx(later, nginx, replaced(guide, KEEPALIVE, ""));

  const headers = { authorization: "Bearer {}" };
  const pass = (url: string) => load({ url, headers, values, behind: hub.url });
  let latest: Reached;
  const nginxPart = (url: string) => async () => {
    latest = await pass(url);
    return latest;
  };
  // Of the round that nginx has just had.
  const hubPart = async () => ({ value: latest.value, us: latest.behindUs });
  for (const url of [kept, closed]) {
    await expectRefusal(url);
  }
  await compare({
    "nginx, auth_request to `return 204` in nginx": () => pass(constant),
    "nginx, no check": () => pass(unchecked),
    "nginx, auth_request to the hub": nginxPart(kept),
    "the hub behind it": hubPart,
    "nginx, auth_request to the hub, no keepalive": nginxPart(closed),
    "the hub behind it, no keepalive": hubPart,
  });
});

async function serveNginx(later: Later, program: string, block: string): Promise<string> {
  const folder = join(makeFolder(later), "nginx");
  mkdirSync(folder);
  const { url, process } = await startNginx(program, folder, block);
  const ended = new Promise((resolve) => process.once("close", resolve));
  later(() => {
    process.kill("SIGKILL");
    return ended;
  });
  measureServer(url, process.pid, NGINX_PROCESSOR);
  return url;
}

/** A configuration that lets everything pass would be quick as well. */
async function expectRefusal(url: string): Promise<void> {
  const { status } = await fetch(url);
  if (status !== 401) {
    throw new Error(`${url} answered ${status} to a request without a secret`);
  }
}

/** The guide must hold what is replaced, or something else would be measured. */
function replaced(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, by);
  if (changed === text) {
    throw new Error(`the guide's nginx block has no ${what}`);
  }
  return changed;
}
