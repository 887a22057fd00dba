import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./programs.ts";
import { ADMIN_PASSWORD, type RunningServer, startServer } from "./server.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const STORY = /<!-- story -->\n```sh\n([\s\S]*?)```/g;
const TIMEOUT_MS = 180_000;

test("the README names for every client a test that exists", () => {
  const [, table = ""] = /\n\| client [\s\S]*?\n((?:\|.*\n)+)/.exec(README) ?? [];
  const rows = table.split("\n").slice(1).filter(Boolean);
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) {
    const files = [...row.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path]) => path ?? "");
    expect(files.length, row).toBeGreaterThan(0);
    expect(files.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
  }
});

describe("the README", () => {
  const client = requireProgram("ansible-galaxy");
  let server: RunningServer;
  let folder: string;

  beforeAll(async () => {
    if (client !== undefined) {
      server = await startServer();
      folder = mkdtempSync(join(tmpdir(), "mintmark-readme-"));
    }
  });

  afterAll(async () => {
    await server?.stop();
    server?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  test(
    "can be followed word for word, from the first token to its end",
    async () => {
      const script = ["set -euo pipefail", ...[...README.matchAll(STORY)].map(([, block]) => block)].join(
        "\n",
      );

      const { code, output } = await bash(script);

      expect(output).toContain("was revoked on");
      expect(output).toContain("acme.tools:1.0.0 was installed successfully");
      expect(code, output).toBe(0);
    },
    TIMEOUT_MS,
  );

  function bash(script: string): Promise<{ code: number; output: string }> {
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      HUB: server.url,
      MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD,
      ANSIBLE_NOCOLOR: "1",
      COLUMNS: "1000",
    };
    return new Promise((resolve) => {
      execFile("bash", ["-c", script], { cwd: folder, env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
      });
    });
  }
});
