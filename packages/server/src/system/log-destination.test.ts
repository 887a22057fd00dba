import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const DESTINATION = fileURLToPath(new URL("./log-destination.ts", import.meta.url));
/** More than a pipe and the memory for waiting lines hold together. */
const LINES = 20_000;
/** Fewer than may wait, so that even a slow reader gets all. */
const LINES_KEPT = 4_000;
/** Writes lines while a timer ticks, and says how it went once the log was flushed. */
const writeLines = (count: number) => `
  const { LogDestination } = await import(${JSON.stringify(DESTINATION)});
  const log = new LogDestination(2);
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  for (let line = 0; line < ${count}; line += 1) {
    log.write("x".repeat(200) + "\\n");
    if (line % 100 === 0) await new Promise(setImmediate);
  }
  clearInterval(timer);
  await log.flush(1_000);
  console.log(JSON.stringify({ dropped: log.dropped, ticks }));
  process.exit(0);
`;

interface Outcome {
  readonly code: number | null;
  readonly dropped: number;
  readonly ticks: number;
}

/** Runs the writer with that stderr; a pipe is read only if `read` says so. */
async function run(
  stderr: "pipe" | number,
  read: "reads all" | "never reads" | "hangs up",
  lines = LINES,
): Promise<Outcome & { seen: number }> {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", writeLines(lines)], {
    stdio: ["ignore", "pipe", stderr],
  });
  let seen = 0;
  if (read === "reads all" && child.stderr) {
    createInterface({ input: child.stderr }).on("line", () => {
      seen += 1;
    });
  }
  if (read === "hangs up") {
    child.stderr?.destroy();
  }
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) =>
    child.once("close", resolve).once("exit", resolve),
  );
  child.stderr?.destroy();
  return { code, seen, ...(JSON.parse(said) as { dropped: number; ticks: number }) };
}

test("every line arrives where somebody reads", async () => {
  const { code, dropped, seen } = await run("pipe", "reads all", LINES_KEPT);

  expect([code, dropped]).toEqual([0, 0]);
  expect(seen).toBe(LINES_KEPT);
});

/** Longer than lines are gathered for, and the age that is promised. */
const LOST_MS_MAX = 100;

test("a kill loses no line that is older than a tenth of a second", async () => {
  const writer = `
    const { LogDestination } = await import(${JSON.stringify(DESTINATION)});
    new LogDestination(2).write("old\\n");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ${LOST_MS_MAX});
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", writer], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const signal = await new Promise<string | null>((resolve) =>
    child.once("close", (_code, name) => resolve(name)),
  );

  expect([signal, said]).toEqual(["SIGKILL", "old\n"]);
});

// A collector that stalled once stopped the whole hub after some 270 requests.
test("where nobody reads, lines are dropped and counted, the process goes on and ends when told", async () => {
  const { code, dropped, ticks } = await run("pipe", "never reads");

  expect(code).toBe(0);
  expect(dropped).toBeGreaterThan(LINES / 2);
  expect(ticks).toBeGreaterThan(5);
});

test("a reader that has gone costs its lines and nothing else", async () => {
  const { code, dropped } = await run("pipe", "hangs up");

  expect(code).toBe(0);
  expect(dropped).toBeGreaterThan(LINES / 2);
});

test.skipIf(process.platform !== "linux")("a full disk costs its lines and nothing else", async () => {
  const { code, dropped } = await run(openSync("/dev/full", "w"), "never reads");

  expect([code, dropped]).toEqual([0, LINES]);
});
