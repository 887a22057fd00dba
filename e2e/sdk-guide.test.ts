import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guideBlock, guideBlocks } from "./guide-blocks.ts";
import { requireProgram } from "./programs.ts";
import { ADMIN_PASSWORD, type RunningServer, startServer } from "./server.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const GUIDE = readFileSync(join(ROOT, "docs/guide/protect-a-service.md"), "utf8");
const FRAMEWORKS = { express: ["express"], fastify: ["fastify"], hono: ["hono", "@hono"] };

describe("the guide to a service that is protected by its own code", () => {
  const curl = requireProgram("curl");
  let hub: RunningServer;
  let folder: string;
  let env: Readonly<Record<string, string>>;
  /** What the guide's shell has at its end. */
  let made: Readonly<Record<string, string>>;

  beforeAll(async () => {
    if (curl !== undefined) {
      hub = await startServer();
      folder = mkdtempSync(join(tmpdir(), "mintmark-guide-"));
      env = {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        HUB: hub.url,
        MINTMARK: ROOT,
        MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD,
      };
    }
  });

  afterAll(async () => {
    await hub?.stop();
    hub?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  test("can be followed word for word, in a folder of one's own", async () => {
    for (const file of ["verifier.mjs", "service.mjs"]) {
      writeFileSync(join(folder, file), guideBlock(GUIDE, file));
    }
    const [decide = ""] = guideBlocks(GUIDE, "story");
    const [register = "", run = ""] = guideBlocks(GUIDE, "sdk");
    const script = [
      "set -euo pipefail",
      "trap 'kill $(jobs -p)' EXIT",
      decide,
      register,
      run,
      'echo "TOKEN=$TOKEN"; echo "CLIENT_ID=$CLIENT_ID"; echo "CLIENT_SECRET=$CLIENT_SECRET"',
    ].join("\n");

    const { stdout } = await promisify(execFile)("bash", ["-c", script], {
      cwd: folder,
      env: { ...env, PORT: String(await freePort()), npm_config_offline: "true" },
    });

    const lines = stdout.trim().split("\n");
    expect(lines.slice(-6, -3)).toEqual(["401", "grace reads the report", "grace reads the report"]);
    made = Object.fromEntries(lines.slice(-3).map((line) => line.split("=", 2)));
  });

  test.each(Object.entries(FRAMEWORKS))("and so can that of %s", async (name, packages) => {
    for (const each of packages) {
      mkdirSync(join(folder, "node_modules"), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", each), join(folder, "node_modules", each));
    }
    const file = `${name}.mjs`;
    writeFileSync(join(folder, file), guideBlock(GUIDE, file));
    const port = String(await freePort());
    const service = spawn(process.execPath, [file], {
      cwd: folder,
      env: { ...env, ...made, PORT: port },
      stdio: ["ignore", "inherit", "inherit"],
    });
    try {
      const get = async (path: string, headers = {}) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
        return [response.status, await response.text()];
      };
      const shown = { authorization: `Bearer ${made["TOKEN"]}` };
      await untilListening(service, () => get("/reports"));
      expect((await get("/reports"))[0]).toBe(401);
      expect(await get("/reports", shown)).toEqual([200, "grace reads reports\n"]);
      expect((await get("/salaries", shown))[0]).toBe(403);
    } finally {
      service.kill();
      await once(service, "exit");
    }
  });
});

async function untilListening(service: ChildProcess, look: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (service.exitCode !== null) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : 0;
}
