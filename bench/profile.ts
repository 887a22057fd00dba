// Where the time of a request goes: loads a server of its own under V8's profiler, prints the functions with
// most time of their own, then groups of them as a table.
// Run: npx tsx bench/profile.ts verify|unknown|introspect|refresh|log-in
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { logIn, type RunningServer } from "../e2e/server.ts";
import { prepare } from "../scripts/prepare.mjs";
import { claim } from "./claim.ts";
import { LOAD_BY, load, type Requests } from "./load.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { renderShares } from "./profile-shares.ts";
import { basic, issueSecrets, makeClient, unknownSecrets } from "./secrets.ts";

const LINES = 25;
const CREDENTIALS = 500;
/** Waiting, and the profiler's own start and end. */
const NOT_WORK = new Set(["(idle)", "(root)", "dispatch"]);
const PROBE = new URL("./probes/profile.mjs", import.meta.url).href;

const [what = "verify"] = process.argv.slice(2);
await prepare({ build: ["server"] });
await claim(async (later) => {
  const file = join(makeFolder(later), "server.cpuprofile");
  const hub = await serveHub(later, {
    env: {
      NODE_OPTIONS: `--import ${PROBE}`,
      BENCH_PROFILE: file,
      // An RS256 signature takes a millisecond, and would hide the rest.
      MINTMARK_REALM_ALGORITHM: "ES256",
    },
  });
  const requests = await requestsFor(hub, what);
  // Warm, so that the compiler's work is not the most of it.
  await load(requests);
  await signal(hub, "begun");
  console.log(`${what}: ${Math.round((await load(requests)).value)} /s under the profiler, with ${LOAD_BY}`);
  await signal(hub, "written");
  console.log(renderProfile(JSON.parse(readFileSync(file, "utf8")) as Profile));
});

async function requestsFor(hub: RunningServer, name: string): Promise<Requests> {
  const bearer = await logIn(hub);
  const issue = (kind: string) =>
    issueSecrets(hub, bearer, CREDENTIALS, {
      kind,
      ...(kind === "personal_token" ? { scopes: ["collection:*:*"] } : {}),
    });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  switch (name) {
    case "verify":
      return {
        url: `${hub.url}/verify`,
        headers: { authorization: "Bearer {}" },
        values: await issue("personal_token"),
      };
    case "unknown":
      return {
        url: `${hub.url}/verify`,
        headers: { authorization: "Bearer {}" },
        values: unknownSecrets(CREDENTIALS),
        answers: "refused",
      };
    case "introspect":
      return {
        url: `${hub.url}/oauth/introspect`,
        method: "POST",
        headers: { ...form, authorization: await makeClient(hub, bearer) },
        body: "token={}",
        values: await issue("personal_token"),
      };
    case "refresh":
      return {
        url: `${hub.url}/auth/realms/redhat-external/protocol/openid-connect/token`,
        method: "POST",
        headers: form,
        body: "grant_type=refresh_token&client_id=cloud-services&refresh_token={}",
        values: await issue("offline_token"),
      };
    case "log-in":
      return {
        url: `${hub.url}/v2/auth?account=%24app&service=mintmark-registry`,
        headers: { authorization: "{}" },
        values: (await issue("app_token")).map((secret) => basic("$app", secret)),
      };
    default:
      throw new Error(`${name} is not among verify, unknown, introspect, refresh, log-in`);
  }
}

async function signal(hub: RunningServer, answer: "begun" | "written"): Promise<void> {
  hub.process.kill("SIGUSR2");
  while (!hub.log().includes(`profile ${answer}`)) {
    await delay(20);
  }
}

/**
 * The parts of V8's profile format that we read (DevTools protocol, `Profiler.Profile`); times are
 * microseconds.
 */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function renderProfile({ nodes, samples, timeDeltas }: Profile): string {
  const times = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    times.set(id, (times.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const functions = nodes
    .map(({ id, callFrame: { functionName: name, url, lineNumber } }) => {
      return { name, url, lineNumber, time: times.get(id) ?? 0 };
    })
    .filter(({ name, url }) => url !== "" || !NOT_WORK.has(name));
  const total = functions.reduce((sum, { time }) => sum + time, 0);
  const own = new Map<string, number>();
  for (const one of functions) {
    const name = `${one.name || "(anonymous)"} ${placeOf(one)}`;
    own.set(name, (own.get(name) ?? 0) + one.time);
  }
  const lines = [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LINES)
    .map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`);
  return `${lines.join("\n")}\n\n${renderShares(what, functions)}`;
}

/** The last folder and the file: enough to find it, and nobody's machine. */
function placeOf({ url, lineNumber }: { readonly url: string; readonly lineNumber: number }): string {
  return url === "" ? "" : `${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
}
