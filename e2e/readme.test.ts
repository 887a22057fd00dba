import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./programs.ts";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "./server.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
/** `run` marks what this file runs; other tests run a `story` as well. */
const RUN = /<!-- (?:run|story) -->\n```sh\n([\s\S]*?)```/g;
const STORY = /<!-- story -->\n```sh\n([\s\S]*?)```/g;
const TIMEOUT_MS = 180_000;
const ADA_PASSWORD = "a long password for ada";
/** What a reader types where a guide asks. */
const ANSWERS: Readonly<Record<string, string>> = {
  "Password of admin: ": ADMIN_PASSWORD,
  "User name: ": "ada",
  "Password: ": ADA_PASSWORD,
  "Whose password: ": "forgetful",
  "New password: ": "a password that is new",
};
/** Pages whose blocks are run by a test that has the programs they need, with that test. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  registry: "registry.test.ts",
  "protect-a-service": "gateway.test.ts",
  command: "command.test.ts",
  operate: "operate.test.ts",
};
/** The guides in the order in which the README links them first. */
const GUIDES = [
  ...new Set([...README.matchAll(/\(docs\/guide\/([\w-]+)\.md\)/g)].map(([, page = ""]) => page)),
].map((page) => {
  const text = readFileSync(new URL(`../docs/guide/${page}.md`, import.meta.url), "utf8");
  const blocks = page in RUN_ELSEWHERE ? [] : [...text.matchAll(RUN)].map(([, block = ""]) => block);
  return { page, text, blocks };
});

/** The lines that a script reads from its input. */
function answersTo(script: string): string {
  const prompts = [...script.matchAll(/read -rs? -p '([^']+)'/g)].map(([, prompt = ""]) => prompt);
  return prompts.map((prompt) => `${ANSWERS[prompt] ?? ""}\n`).join("");
}

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

test("the README links every guide, and a test runs the commands of each", () => {
  const files = readdirSync(new URL("../docs/guide/", import.meta.url));
  expect(GUIDES.map(({ page }) => `${page}.md`).sort()).toEqual(files.sort());
  const callsTheHub = GUIDES.filter(({ text }) => /```sh\n[^`]*curl /.test(text));
  const unrun = callsTheHub.filter(({ page, blocks }) => blocks.length === 0 && !(page in RUN_ELSEWHERE));
  expect(unrun.map(({ page }) => page)).toEqual([]);
});

describe("the README", () => {
  requireProgram("jq");
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

  // A reader goes on with the same hub: no page may break what an earlier one has set up.
  test(
    "and then each guide in its order, on the same hub",
    async () => {
      await api(server, "POST", "/users", {
        bearer: await logIn(server),
        body: { username: "forgetful", password: "a password that is lost", role: "member" },
      });
      const pages = GUIDES.filter(({ blocks }) => blocks.length > 0);
      expect(pages.map(({ page }) => page)).toEqual([
        "automation-hub",
        "data-product-hub",
        "rotate",
        "events",
        "lost-passwords",
        "services",
      ]);
      for (const { page, blocks } of pages) {
        const script = ["set -euo pipefail", ...blocks].join("\n");
        const { code, output } = await bash(script, answersTo(script));
        expect([page, code, output]).toEqual([page, 0, output]);
      }
      // What the README and the first guide have given still stands.
      await logIn(server, "ada", ADA_PASSWORD);
    },
    TIMEOUT_MS,
  );

  function bash(script: string, input = ""): Promise<{ code: number; output: string }> {
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      HUB: server.url,
      MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD,
      ANSIBLE_NOCOLOR: "1",
      COLUMNS: "1000",
    };
    return new Promise((resolve) => {
      const options = { cwd: folder, env, timeout: TIMEOUT_MS };
      const child = execFile("bash", ["-c", script], options, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
      });
      child.stdin?.end(input);
    });
  }
});
