import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { CLAIMS } from "./claims.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of this folder; `whenReady` gets the process once it has written a line. */
function run(
  file: string,
  args: readonly string[],
  whenReady: (process: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Ended> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout.once("data", () => whenReady(child));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

describe("npm run bench", () => {
  test("--help names every claim", async () => {
    const { code, stdout } = await run("./run.ts", ["--help"]);
    expect(code).toBe(0);
    expect(CLAIMS.filter((claim) => !stdout.includes(claim))).toEqual([]);
  });

  test.for([["no-such-claim"], ["--no-such-flag"], ["issue", "isue"]])(
    "%s ends with 2 before anything runs",
    async (args) => {
      const { code, stdout, stderr } = await run("./run.ts", args);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain(args.at(-1));
    },
  );
});

describe("a claim", () => {
  test.for(["SIGINT", "SIGTERM"] as const)(
    "that is stopped by %s leaves no process and no folder",
    async (signal) => {
      const { code, stdout } = await run("./fixtures/endless.ts", [], (child) => child.kill(signal));
      expect(code).toBe(130);
      await expectNothingLeft(stdout);
    },
  );

  test("that fails leaves no process and no folder either", async () => {
    const { code, stdout, stderr } = await run("./fixtures/endless.ts", ["fail"]);
    expect(code).toBe(1);
    expect(stderr).toContain("as asked");
    await expectNothingLeft(stdout);
  });
});

async function expectNothingLeft(stdout: string): Promise<void> {
  const { folders, urls } = JSON.parse(stdout) as { folders: string[]; urls: string[] };
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  for (const url of urls) {
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  }
}
