import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type RunningServer, type ServerStart, startServer } from "../e2e/server.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import type { Later } from "./claim.ts";
import { measureServer } from "./processor.ts";

/** The built hub in a process of its own, as an operator has it, gone with the claim. */
export async function serveHub(later: Later, start: ServerStart = {}): Promise<RunningServer> {
  const dataDir = start.dataDir ?? makeFolder(later);
  const env = {
    MINTMARK_LOG_LEVEL: process.env.BENCH_LOG ?? "info",
    // Claims make as many as they need for one account.
    MINTMARK_CREDENTIALS_PER_OWNER: "1000000",
    ...start.env,
  };
  const starting = startServer({ ...start, env, dataDir });
  later(() => starting.then(stopLiving, () => undefined));
  const server = await starting;
  measureServer(server.url, server.process.pid);
  return server;
}

/** A server that ended by itself has spoilt the figures, and says why. */
async function stopLiving(hub: RunningServer): Promise<void> {
  const ended = hub.process.exitCode ?? hub.process.signalCode;
  // One that the claim has stopped itself ended with 0.
  if (ended !== null && ended !== 0) {
    throw new Error(`the server had ended with ${ended}: ${hub.log().slice(-1000)}`);
  }
  await hub.stop();
}

/** A real PostgreSQL, gone with the claim. */
export async function servePostgres(later: Later): Promise<TestPostgres> {
  const starting = startPostgres();
  later(() =>
    starting.then(
      (postgres) => postgres.remove(),
      () => undefined,
    ),
  );
  return starting;
}

/** The ready line of a peer; the rest of its output is ignored. */
export interface Peer {
  readonly url: string;
}

/**
 * Runs a program of `peers/` or `rivals/` in a process of its own; it prints one line of JSON when it is
 * ready. Secrets go by `env`: everybody on the machine sees arguments.
 */
export async function servePeer<Ready extends Peer>(
  later: Later,
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ready> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  later(() => {
    child.kill("SIGKILL");
    return ended.catch(() => undefined);
  });
  const ready = new Promise<Ready>((resolve) => {
    // Other output is ignored.
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) {
        resolve(JSON.parse(line) as Ready);
      }
    });
  });
  const peer = await Promise.race([ready, ended]);
  measureServer(peer.url, child.pid);
  return peer;
}

/** A folder of the claim's own, gone with it. */
export function makeFolder(later: Later): string {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
