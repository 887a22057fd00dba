import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guideBlock } from "./guide-blocks.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = readFileSync(join(ROOT, "docs/guide/operate.md"), "utf8");
/** Debian's: its dump program reads no server that is newer than itself, such as the one of npm. */
const PROGRAMS = "/usr/lib/postgresql/15/bin";
/** PostgreSQL refuses to run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const START_TIMEOUT_MS = 30_000;

interface Made {
  readonly secret: string;
  readonly credential: { readonly id: string };
}

/** What the page says about PostgreSQL, run word for word with PostgreSQL's own programs. */
describe("the guide for operators with PostgreSQL", () => {
  const isHere = requireProgram("pg_dump") !== undefined;
  let folder: string;
  let port: number;
  let database: ChildProcess;
  let server: RunningServer;
  let kept: Made;
  let revoked: Made;
  const at = (path: string) => join(folder, path);
  const urlOf = (name: string) => `postgres://mintmark@127.0.0.1:${port}/${name}`;
  const environment = (name: string) => ({
    MINTMARK_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
    MINTMARK_DATABASE_URL: urlOf(name),
    MINTMARK_ENDS_LOG: at("other-disk/mintmark-ends.log"),
  });

  beforeAll(async () => {
    if (!isHere) return;
    folder = mkdtempSync(join(tmpdir(), "mintmark-operate-postgres-"));
    chmodSync(folder, 0o755);
    for (const name of ["bin", "backups", "other-disk", "data", "postgres", "postgresql", "backups/wal"]) {
      mkdirSync(at(name), { mode: 0o700 });
      if (["postgres", "postgresql", "backups", "backups/wal"].includes(name)) own(at(name));
    }
    const main = join(ROOT, "packages/server/dist/main.js");
    writeFileSync(at("bin/mintmark-server"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
      mode: 0o755,
    });
    const flags = ["-D", at("postgres"), "-U", "mintmark", "-A", "trust", "-E", "UTF8", "--locale=C"];
    execFileSync(join(PROGRAMS, "initdb"), flags, { cwd: folder, stdio: "pipe", ...NOBODY });
    port = await freePort();
    database = await startDatabase(at("postgres"));
    await query(urlOf("postgres"), "create database mintmark");
    server = await startServer({ dataDir: at("data"), env: environment("mintmark") });
  });

  afterAll(async () => {
    await server?.stop("SIGKILL");
    database?.kill("SIGQUIT");
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  async function startDatabase(directory: string): Promise<ChildProcess> {
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "archive_mode=on",
      `archive_command=cp %p ${at("backups/wal")}/%f`,
    ].flatMap((setting) => ["-c", setting]);
    const child = spawn(join(PROGRAMS, "postgres"), ["-D", directory, "-p", String(port), ...settings], {
      cwd: folder,
      stdio: "ignore",
      ...NOBODY,
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const answers = await query(urlOf("postgres"), "select 1").then(
        () => true,
        () => false,
      );
      if (answers) return child;
      if (Date.now() > deadline) throw new Error("PostgreSQL does not answer");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const block = (mark: string) =>
    guideBlock(PAGE, mark)
      .replaceAll("/var/backups", at("backups"))
      .replaceAll("/var/lib/mintmark", at("restored"))
      .replaceAll("/var/lib/postgresql", at("postgresql"))
      .replaceAll("/mnt/other-disk", at("other-disk"));

  async function shell(text: string, name: string, account: object = {}): Promise<string> {
    const { stdout } = await run("sh", ["-euc", text], {
      ...account,
      cwd: folder,
      env: {
        PATH: [at("bin"), process.env.PATH ?? ""].join(delimiter),
        MINTMARK_DATA_DIR: at("data"),
        ...environment(name),
      },
    });
    return stdout;
  }

  const statusOf = async ({ secret }: Made): Promise<number> => {
    const headers = { authorization: `Bearer ${secret}` };
    return (await fetch(`${server.url}/api/mintmark/v1/session`, { headers })).status;
  };

  test("dumps the database, and backs up what is not in it", async () => {
    const bearer = await logIn(server);
    const mint = (title: string) =>
      api<Made>(server, "POST", "/credentials", {
        bearer,
        body: { kind: "personal_token", title, scopes: ["*:*:*"] },
      });
    kept = await mint("kept");
    revoked = await mint("revoked");
    expect(await shell(block("operate.dump"), "mintmark")).toContain("backup");
    await api(server, "DELETE", `/credentials/${revoked.credential.id}`, { bearer });
    await mint("made after the backup");
  });

  test("restores both into a new database, and what was revoked since is dead", async () => {
    await server.stop("SIGKILL");
    server.remove();
    await query(urlOf("postgres"), "drop database mintmark with (force)");
    await query(urlOf("postgres"), "create database restored");
    const told = await shell(block("operate.dump-restore"), "restored");
    expect(told).toContain("nothing that was ended lives again");
    server = await startServer({
      dataDir: at("restored"),
      env: { ...environment("restored"), MINTMARK_ENDS_LOG: at("other-disk/next.log") },
    });
    expect([await statusOf(kept), await statusOf(revoked)]).toEqual([200, 401]);
    const bearer = await logIn(server);
    const check = await api<{ intact: boolean; gaps: unknown[] }>(server, "GET", "/audit/check", { bearer });
    expect(check).toMatchObject({ intact: true, gaps: [expect.anything()] });
  });

  test("goes back to a point in time, and what was revoked after it is dead", async () => {
    await shell(block("operate.base"), "restored", NOBODY);
    const bearer = await logIn(server);
    const later = await api<Made>(server, "POST", "/credentials", {
      bearer,
      body: { kind: "personal_token", title: "made after the base backup", scopes: ["*:*:*"] },
    });
    // PostgreSQL compares it with the times of commits, which are its own and of the same machine.
    const when = new Date().toISOString().replace("T", " ").replace("Z", "+00");
    await api(server, "DELETE", `/credentials/${kept.credential.id}`, { bearer });
    await query(urlOf("restored"), "select pg_switch_wal()");
    await server.stop("SIGKILL");
    const stopped = new Promise((resolve) => database.once("exit", resolve));
    database.kill("SIGINT");
    await stopped;

    await shell(`WHEN='${when}'\n${block("operate.point-in-time")}`, "restored", NOBODY);
    database = await startDatabase(at("postgresql/restored"));
    await expect.poll(() => isInRecovery(urlOf("restored")), { timeout: START_TIMEOUT_MS }).toBe(false);
    const [, restore = ""] = block("operate.dump-restore").split("\n");
    rmSync(at("restored"), { recursive: true });
    await shell(restore.replace("mintmark-ends.log", "next.log"), "restored");
    server = await startServer({
      dataDir: at("restored"),
      env: { ...environment("restored"), MINTMARK_ENDS_LOG: at("other-disk/last.log") },
    });
    expect([await statusOf(later), await statusOf(kept), await statusOf(revoked)]).toEqual([200, 401, 401]);
  });
});

async function isInRecovery(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ is: boolean }>("select pg_is_in_recovery() as is");
  await client.end();
  return rows[0]?.is ?? true;
}

function own(path: string): void {
  if (NOBODY.uid !== undefined) {
    chownSync(path, NOBODY.uid, NOBODY.gid);
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(text);
  await client.end();
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
