import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { ADMIN_PASSWORD, api, logIn, startServer } from "./server.ts";

const MAIN = fileURLToPath(new URL("../packages/server/dist/main.js", import.meta.url));
const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "mintmark-start-"));
  folders.push(path);
  return path;
}

afterEach(() => {
  for (const path of folders.splice(0)) {
    rmSync(path, { recursive: true, force: true });
  }
});

/** Runs the server until it ends by itself. */
function run(
  env: Record<string, string>,
  argv: string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH: process.env.PATH ?? "", ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code, stdout, stderr })));
}

describe("starting and stopping", () => {
  test("the first start prints a password that works, once; the second prints none", async () => {
    const data = join(folder(), "data");
    const first = spawn(process.execPath, [MAIN, "--port", "0", "--data-dir", data]);
    let output = "";
    await new Promise<void>((resolve) => {
      first.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("mintmark ready at")) {
          resolve();
        }
      });
    });
    const url = /ready at (\S+)/.exec(output)?.[1] ?? "";
    const password = /password\s+(\S+)/.exec(output)?.[1] ?? "";
    expect(await logIn({ url }, "admin", password)).toMatch(/^mms_/);
    first.kill("SIGTERM");
    await new Promise((resolve) => first.once("exit", resolve));

    const second = await startServer({ dataDir: data });
    expect(await logIn(second, "admin", password)).toMatch(/^mms_/);
    await expect(logIn(second, "admin", ADMIN_PASSWORD)).rejects.toThrow("401");
    expect(await second.stop()).toBe(0);
    expect(second.log()).not.toContain(password);
  });

  test("the data directory and what is in it are for their owner alone", async () => {
    const server = await startServer();

    expect(statSync(server.dataDir).mode & 0o777).toBe(0o700);
    for (const name of ["mintmark.sqlite", "master.key"]) {
      expect(statSync(join(server.dataDir, name)).mode & 0o777).toBe(0o600);
    }
    await server.stop();
    server.remove();
  });

  test("every mistake in the options is reported at once, and nothing is made", async () => {
    const data = join(folder(), "data");

    const { code, stderr } = await run({
      MINTMARK_DATA_DIR: data,
      MINTMARK_PORT: "70000",
      MINTMARK_OFFLINE_IDLE: "a month",
      MINTMARK_MASTER_KEY: "c2hvcnQ=",
      MINTMARK_PROT: "8080",
    });

    expect(code).toBe(78);
    for (const name of [
      "MINTMARK_PORT",
      "70000",
      "MINTMARK_OFFLINE_IDLE",
      "MINTMARK_MASTER_KEY",
      "MINTMARK_PROT",
    ]) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toContain("c2hvcnQ=");
    expect(existsSync(data)).toBe(false);
  });

  test("a master key that is not the store's is refused instead of refusing everybody", async () => {
    const server = await startServer();
    await server.stop();

    const { code, stderr } = await run({
      MINTMARK_DATA_DIR: server.dataDir,
      MINTMARK_PORT: "0",
      MINTMARK_MASTER_KEY: Buffer.alloc(32, 1).toString("base64"),
    });

    expect(code).toBe(78);
    expect(stderr).toContain("MINTMARK_MASTER_KEY");
    server.remove();
  });

  test("a damaged database is refused and left as it is", async () => {
    const server = await startServer();
    expect(await server.stop()).toBe(0);
    const path = join(server.dataDir, "mintmark.sqlite");
    const damaged = readFileSync(path).fill(0x41, 4096, 20_480);
    writeFileSync(path, damaged);

    const { code, stderr } = await run({ MINTMARK_DATA_DIR: server.dataDir, MINTMARK_PORT: "0" });

    expect(code).toBe(78);
    expect(stderr).toContain("mintmark cannot start");
    expect(readFileSync(path).equals(damaged)).toBe(true);
    server.remove();
  });

  // A first start that made the account and then failed on the port once printed no password, then or ever
  // after.
  test("a port that is taken is said in a sentence that names the option, and nothing is made", async () => {
    const server = await startServer();
    const data = join(folder(), "data");
    const { code, stdout, stderr } = await run({
      MINTMARK_DATA_DIR: data,
      MINTMARK_PORT: new URL(server.url).port,
    });

    expect([code, stdout]).toEqual([69, ""]);
    expect(stderr).toContain("EADDRINUSE");
    expect(stderr).toContain("MINTMARK_PORT");
    expect(existsSync(data)).toBe(false);
    await server.stop();
    server.remove();
  });

  // Each of the two would keep verifying what the other has revoked.
  test("a second server on a data directory in use ends with 69 and names the first, which goes on", async () => {
    const first = await startServer();
    const admin = await logIn(first);
    const { code, stdout, stderr } = await run({ MINTMARK_DATA_DIR: first.dataDir, MINTMARK_PORT: "0" });

    expect([code, stdout]).toEqual([69, ""]);
    expect(stderr).toContain(`process ${first.process.pid}, since 20`);
    await api(first, "GET", "/session", { bearer: admin });

    await first.stop("SIGKILL");
    const next = await startServer({ dataDir: first.dataDir });
    await api(next, "GET", "/session", { bearer: admin });
    await next.stop();
    next.remove();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s, also twice, ends with 0 and loses no use",
    async (signal) => {
      const server = await startServer();
      const admin = await logIn(server);
      const { secret, credential } = await api<{ secret: string; credential: { id: string } }>(
        server,
        "POST",
        "/credentials",
        {
          bearer: admin,
          body: { kind: "personal_token", title: "used", scopes: ["*:*:*"] },
        },
      );
      await api(server, "GET", "/session", { bearer: secret });

      server.process.kill(signal);
      expect(await server.stop(signal)).toBe(0);

      const again = await startServer({ dataDir: server.dataDir });
      const seen = await api<{ lastUsedAt: string | null }>(again, "GET", `/credentials/${credential.id}`, {
        bearer: admin,
      });
      expect(seen.lastUsedAt).not.toBeNull();
      await again.stop();
      again.remove();
    },
  );

  // The handlers once came a moment after the ready line, and a supervisor that is quick killed the server
  // instead of stopping it.
  test("a signal in the instant of the ready line is a stop in good order, not a kill", async () => {
    for (let round = 0; round < 5; round += 1) {
      const server = await startServer();
      expect(await server.stop("SIGTERM")).toBe(0);
      server.remove();
    }
  });

  test("--help names every option's flag, --version the version", async () => {
    const help = await run({}, ["--help"]);
    const version = await run({}, ["--version"]);

    expect([help.code, version.code]).toEqual([0, 0]);
    expect(help.stdout).toContain("--offline-idle");
    expect(version.stdout).toMatch(/^mintmark \d+\.\d+\.\d+\n$/);
  });

  // A log collector that stalled once stopped the hub after some 270 requests.
  test("a server whose log nobody reads goes on answering, counts the lines it lost, and stops when told", async () => {
    const child = spawn(process.execPath, [MAIN, "--port", "0", "--data-dir", join(folder(), "data")]);
    const url = await new Promise<string>((resolve) => {
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        const ready = /ready at (\S+)/.exec(output)?.[1];
        if (ready !== undefined) {
          resolve(ready);
        }
      });
    });
    const headers = { "user-agent": "x".repeat(4_000) };
    for (let sent = 0; sent < 4_000; sent += 100) {
      const path = `${url}/${"long/".repeat(400)}`;
      await Promise.all(Array.from({ length: 100 }, () => fetch(path, { headers }).then((a) => a.text())));
    }

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/mintmark_log_lines_dropped_total [1-9]/);
    child.kill("SIGTERM");
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  });
});
