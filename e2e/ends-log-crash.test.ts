import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL("../packages/server/dist/main.js", import.meta.url));
const CREDENTIALS = 160;
const WRITERS = 4;
const ROUNDS = 4;

interface Made {
  readonly secret: string;
  readonly credential: { readonly id: string };
}

let server: RunningServer | undefined;
let folder: string | undefined;

afterAll(async () => {
  await server?.stop("SIGKILL");
  rmSync(folder ?? "", { recursive: true, force: true });
});

// The log is for the day on which the machine is lost in the middle of a write.
test("a revocation that was acknowledged before a kill -9 is dead after a restore with the ends log", async () => {
  folder = mkdtempSync(join(tmpdir(), "mintmark-ends-crash-"));
  for (const name of ["data", "other-disk"]) {
    mkdirSync(join(folder, name), { mode: 0o700 });
  }
  const env = {
    MINTMARK_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
    MINTMARK_ENDS_LOG: join(folder, "other-disk/ends.log"),
  };
  const command = (directory: string, ...argv: readonly string[]) =>
    run(process.execPath, [MAIN, ...argv], { env: { ...env, MINTMARK_DATA_DIR: directory } });
  const data = join(folder, "data");
  server = await startServer({ dataDir: data, env });
  const all = await mintMany(server);
  const backup = join(folder, "backup.tar");
  await command(data, "backup", "--to", backup);

  const waiting = [...all];
  const acknowledged = new Set<string>();
  const asked = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = server;
    const bearer = await logIn(running);
    const target = acknowledged.size + 10;
    const writers = Array.from({ length: WRITERS }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        asked.add(next.secret);
        try {
          await api(running, "DELETE", `/credentials/${next.credential.id}`, { bearer });
        } catch {
          return;
        }
        acknowledged.add(next.secret);
        if (acknowledged.size === target) {
          await running.stop("SIGKILL");
        }
      }
    });
    await Promise.all(writers);
    if (round < ROUNDS - 1) {
      server = await startServer({ dataDir: data, env });
    }
  }
  rmSync(data, { recursive: true });
  const restored = join(folder, "restored");
  const told = await command(
    restored,
    "restore",
    "--from",
    backup,
    "--ends",
    env.MINTMARK_ENDS_LOG,
    "--json",
  );
  expect(JSON.parse(told.stdout)).toMatchObject({ restored: "complete" });
  server = await startServer({
    dataDir: restored,
    env: { ...env, MINTMARK_ENDS_LOG: join(folder, "new.log") },
  });

  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * 10);
  const wrong: string[] = [];
  for (const { secret } of all) {
    const status = await statusOf(server, secret);
    const right = acknowledged.has(secret) ? [401] : asked.has(secret) ? [200, 401] : [200];
    if (!right.includes(status)) {
      wrong.push(`${acknowledged.has(secret) ? "acknowledged" : "other"}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(readdirSync(join(folder, "other-disk"))).toEqual(["ends.log"]);
});

async function mintMany(hub: RunningServer): Promise<readonly Made[]> {
  const bearer = await logIn(hub);
  const made: Made[] = [];
  for (let count = 0; count < CREDENTIALS; count += 1) {
    const body = { kind: "personal_token", title: `n${count}`, scopes: ["*:*:*"] };
    made.push(await api<Made>(hub, "POST", "/credentials", { bearer, body }));
  }
  return made;
}

async function statusOf(hub: RunningServer, secret: string): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` };
  return (await fetch(`${hub.url}/api/mintmark/v1/session`, { headers })).status;
}
