import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

// A lock of the kernel says nothing between two parts of one process, so each holder here is a process of its
// own.
const LOCK = fileURLToPath(new URL("./directory-lock.ts", import.meta.url));
const HOLD = `
  const { lockDirectory } = await import(${JSON.stringify(LOCK)});
  try {
    await lockDirectory(process.argv[1], Date.now());
    console.log("held");
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(error.message);
  }
`;

let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mintmark-lock-"));
});

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  rmSync(directory, { recursive: true, force: true });
});

/** What a process says that tries to take the lock. */
async function holder(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", HOLD, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const said = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
  );
  return { child, said };
}

test("a second server on a data directory is refused and told who holds it", async () => {
  const first = await holder();
  const second = await holder();

  expect(first.said).toBe("held");
  expect(second.said).toMatch(
    new RegExp(
      `^Another server \\(process ${first.child.pid}, since \\d{4}-\\d\\d-\\d\\dT.*Z\\) uses the data`,
    ),
  );
  expect(statSync(join(directory, "mintmark.lock")).mode & 0o777).toBe(0o600);
});

test("of servers that start in one moment exactly one gets the directory", async () => {
  const said = (await Promise.all([holder(), holder(), holder()])).map((each) => each.said);

  expect(said.filter((text) => text === "held")).toHaveLength(1);
  expect(said.filter((text) => text.startsWith("Another server (process "))).toHaveLength(2);
});

test("a server that was killed leaves nothing in the way of the next", async () => {
  const first = await holder();
  first.child.kill("SIGKILL");
  await new Promise((resolve) => first.child.once("exit", resolve));

  expect((await holder()).said).toBe("held");
});
