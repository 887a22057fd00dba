import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../packages/server/dist/main.js", import.meta.url));
const READY = /mintmark ready at (\S+)/;
const START_TIMEOUT_MS = 30_000;
export const ADMIN_PASSWORD = "an admin's long password";

export interface RunningServer {
  readonly url: string;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Everything it has written to stderr so far. */
  log(): string;
  /**
   * Stops it (SIGTERM unless told otherwise) and resolves with its exit code or signal. The data directory
   * stays.
   */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
  /** Removes the data directory; call it after `stop`. */
  remove(): void;
}

export interface ServerStart {
  readonly env?: Readonly<Record<string, string>>;
  /** Taken over from an earlier server; else a new one is created. */
  readonly dataDir?: string;
  /** The program, for instance of a package; else the one that is built here. */
  readonly main?: string;
  /** A command in front of `node`, e.g. `["faketime", "+31d"]`. */
  readonly wrapper?: readonly string[];
}

/** Starts the built server as an operator would and waits for its ready line. */
export async function startServer(start: ServerStart = {}): Promise<RunningServer> {
  const dataDir = start.dataDir ?? mkdtempSync(join(tmpdir(), "mintmark-e2e-"));
  const [command = process.execPath, ...before] = [...(start.wrapper ?? []), process.execPath];
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("MINTMARK_")),
  );
  const child = spawn(command, [...before, start.main ?? MAIN], {
    env: {
      ...inherited,
      MINTMARK_PORT: "0",
      MINTMARK_DATA_DIR: dataDir,
      MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD,
      MINTMARK_LOG_LEVEL: "info",
      ...start.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const url = await readyUrl(child, () => log);
  const tellOfEnd = (code: number | null, by: string | null): void => {
    if (code !== 0) {
      console.error(`a server ended that nobody stopped (${code ?? by}):\n${log}`);
    }
  };
  child.once("exit", tellOfEnd);
  return {
    url,
    process: child,
    dataDir,
    log: () => log,
    stop: (signal = "SIGTERM") =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          resolve(child.exitCode ?? (child.signalCode as string));
          return;
        }
        child.off("exit", tellOfEnd);
        child.once("exit", (code, by) => resolve(code ?? (by as string)));
        process.kill(serverPid(child, start.wrapper !== undefined), signal);
      }),
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

/**
 * A wrapper like faketime waits for the program it started and passes no signal on, so the program itself is
 * told.
 */
function serverPid(child: ChildProcess, wrapped: boolean): number {
  const pid = child.pid ?? 0;
  const [started] = wrapped ? readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ") : [];
  return Number(started) || pid;
}

function readyUrl(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`not ready in time:\n${output}${log()}`)),
      START_TIMEOUT_MS,
    );
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const match = READY.exec(output);
      if (match?.[1]) {
        clearTimeout(timer);
        resolve(match[1]);
      }
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready:\n${output}${log()}`));
    });
  });
}

/** A call of our own API; the parsed answer. Throws if the status is not the expected one. */
export async function api<Answer>(
  server: { readonly url: string },
  method: string,
  path: string,
  options: { bearer?: string; body?: unknown; status?: number } = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}/api/mintmark/v1${path}`, {
    method,
    headers: {
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  if (options.status !== undefined ? response.status !== options.status : !response.ok) {
    throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  }
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** Logs in and gives the session's bearer. */
export async function logIn(
  server: { readonly url: string },
  username = "admin",
  password = ADMIN_PASSWORD,
): Promise<string> {
  const { accessToken } = await api<{ accessToken: string }>(server, "POST", "/session", {
    body: { username, password },
  });
  return accessToken;
}
