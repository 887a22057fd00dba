// Claim: introspection and refresh cost a small part of what they cost in Keycloak. For those who have Java:
// not part of `npm run bench`. How to get Keycloak, and what was measured: rivals/keycloak.md.
// Run: KEYCLOAK_HOME=<folder of the distribution> npx tsx bench/keycloak.ts
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { logIn } from "../e2e/server.ts";
import { prepare } from "../scripts/prepare.mjs";
import { claim, type Later } from "./claim.ts";
import {
  ask,
  compareEndpoints,
  type FormEndpoint,
  HUB_TOKEN_PATH,
  hubIntrospection,
  INTROSPECTION,
  REFRESH,
} from "./form-endpoint.ts";
import { makeFolder, serveHub } from "./processes.ts";
import { measureServer, SERVER_WRAPPER } from "./processor.ts";
import { basic, issueSecrets } from "./secrets.ts";

const HOME = process.env.KEYCLOAK_HOME;
const PORT = Number(process.env.KEYCLOAK_PORT ?? 18_080);
/** The JVM compiles what runs often, for minutes; figures from before are of another program. */
const WARM_SECONDS = Number(process.env.KEYCLOAK_WARM_SECONDS ?? 300);
const START_SECONDS = 180;
const USERS = 50;
const REALM = "redhat-external";
const SERVICE = { id: "service", secret: "a-secret-of-the-bench" };
const PASSWORD = "a long password for the bench";

await prepare({ build: ["server"] });
await claim(async (later) => {
  if (HOME === undefined) {
    throw new Error("KEYCLOAK_HOME must name the folder of Keycloak's distribution");
  }
  const realm = await serveKeycloak(later, HOME);
  const tokens = await offlineTokens(realm);
  const keycloak = {
    introspection: {
      ...INTROSPECTION,
      url: `${realm}/token/introspect`,
      authorization: basic(SERVICE.id, SERVICE.secret),
      values: tokens.map(({ access }) => access),
    },
    refresh: { ...REFRESH, url: `${realm}/token`, values: tokens.map(({ offline }) => offline) },
  };
  await warm(Object.values(keycloak));
  const hub = await serveHub(later, { env: { MINTMARK_REALM_ALGORITHM: "ES256" } });
  const bearer = await logIn(hub);
  await compareEndpoints({
    "Keycloak, introspection": keycloak.introspection,
    introspection: await hubIntrospection(hub, bearer, USERS),
  });
  await compareEndpoints({
    "Keycloak, refresh": keycloak.refresh,
    refresh: {
      ...REFRESH,
      url: `${hub.url}${HUB_TOKEN_PATH}`,
      values: await issueSecrets(hub, bearer, USERS, { kind: "offline_token" }),
    },
  });
});

/** Starts a copy of the built distribution with an empty database; the base of the realm's OpenID paths. */
async function serveKeycloak(later: Later, home: string): Promise<string> {
  const folder = join(makeFolder(later), "keycloak");
  cpSync(home, folder, { recursive: true });
  mkdirSync(join(folder, "data/import"), { recursive: true });
  writeFileSync(join(folder, "data/import/realm.json"), JSON.stringify(realmWithUsers()));
  const flags = ["--http-enabled=true", `--http-port=${PORT}`, "--hostname-strict=false"];
  // It logs each connection that the load closes at the end of a round, which is no part of an answer.
  const quiet = ["--cache=local", "--log-level=fatal"];
  const start = [join(folder, "bin/kc.sh"), "start", "--optimized", "--import-realm", ...flags, ...quiet];
  const [command = "", ...rest] = [...SERVER_WRAPPER, ...start];
  // `taskset` and `kc.sh` replace themselves by what they start, so this process is the JVM.
  const child = spawn(command, rest, { stdio: ["ignore", 2, "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  later(() => {
    child.kill("SIGKILL");
    return ended;
  });
  const url = `http://127.0.0.1:${PORT}`;
  const realm = `${url}/realms/${REALM}/protocol/openid-connect`;
  for (let second = 0; second < START_SECONDS && child.exitCode === null; second += 1) {
    const reply = await fetch(`${realm}/certs`).catch(() => null);
    if (reply?.ok) {
      measureServer(url, child.pid);
      return realm;
    }
    await delay(1_000);
  }
  throw new Error(`Keycloak did not start (${child.exitCode ?? `${START_SECONDS} s`})`);
}

/** A realm that signs ES256, as the hub does here, with a public client and a client that introspects. */
function realmWithUsers(): object {
  return {
    realm: REALM,
    enabled: true,
    sslRequired: "none",
    defaultSignatureAlgorithm: "ES256",
    // An access token must outlive the measurement.
    accessTokenLifespan: 86_400,
    clients: [
      { clientId: "cloud-services", publicClient: true, directAccessGrantsEnabled: true },
      { clientId: SERVICE.id, secret: SERVICE.secret, publicClient: false },
    ],
    users: Array.from({ length: USERS }, (_, at) => ({
      username: usernameOf(at),
      enabled: true,
      emailVerified: true,
      email: `${usernameOf(at)}@example.org`,
      firstName: "Ada",
      lastName: "Bench",
      realmRoles: ["offline_access"],
      credentials: [{ type: "password", value: PASSWORD }],
    })),
  };
}

/** All of one length, since the load sends one `Content-Length`. */
function usernameOf(at: number): string {
  return `user${String(at).padStart(3, "0")}`;
}

interface Tokens {
  readonly offline: string;
  readonly access: string;
}

/** One log-in for each user; without the scope `openid` there is no ID token to sign. */
async function offlineTokens(realm: string): Promise<readonly Tokens[]> {
  const tokens: Tokens[] = [];
  for (let at = 0; at < USERS; at += 1) {
    const form = { grant_type: "password", client_id: "cloud-services", scope: "offline_access" };
    const body = new URLSearchParams({ ...form, username: usernameOf(at), password: PASSWORD });
    const reply = await fetch(`${realm}/token`, { method: "POST", body });
    if (!reply.ok) {
      throw new Error(`Keycloak's log-in answered ${reply.status}: ${await reply.text()}`);
    }
    const issued = (await reply.json()) as { access_token: string; refresh_token: string };
    tokens.push({ offline: issued.refresh_token, access: issued.access_token });
  }
  return tokens;
}

async function warm(endpoints: readonly FormEndpoint[]): Promise<void> {
  const until = performance.now() + WARM_SECONDS * 1_000;
  while (performance.now() < until) {
    for (const endpoint of endpoints) {
      const { value, us } = await ask(endpoint);
      console.error(`warming: ${endpoint.url} ${Math.round(value)} /s, ${us?.toFixed(0)} µs`);
    }
  }
}
