// `npm run bench`: every claim about speed, one after another, each next to something else in the same
// minutes.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepare } from "../scripts/prepare.mjs";
import { REPORT_FD, type Told } from "./claim.ts";
import { CLAIMS } from "./claims.ts";
import { GOALS } from "./goals.ts";
import { describeRun, type Run } from "./machine.ts";
import { updatePage } from "./page.ts";
import { type Row, renderText } from "./row.ts";

const PAGE = fileURLToPath(new URL("../docs/reference/performance.md", import.meta.url));
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const HELP = `npm run bench [-- [claim …] [--json] [--no-page]]

Measures each claim about speed next to its rival, prints one table and writes its lines into docs/reference/performance.md.
Without a name all claims are measured, in about a quarter of an hour.

  --json     prints the lines as JSON in place of the table
  --no-page  leaves the page as it is
  --help     prints this

Claims: ${CLAIMS.join(", ")}

BENCH_ROUNDS (5) and BENCH_SECONDS (2, of load in a round) make it shorter or longer. Load comes from \`wrk\` where it is installed,
else from autocannon. Rivals are installed into bench/rivals at their first use.`;

interface Measured {
  readonly run: Run;
  readonly rows: readonly Row[];
}

const { names, asJson, writesPage } = readArguments();
await prepare({ build: ["server"] });
const stopped = new AbortController();
process.once("SIGINT", () => stopped.abort());
process.once("SIGTERM", () => stopped.abort());

const measured: Measured[] = [];
for (const name of names) {
  console.error(`${name} …`);
  const result = await runClaim(name);
  if (stopped.signal.aborted) {
    process.exit(EXIT_INTERRUPTED);
  }
  if (result === "failed") {
    process.exitCode = 1;
  }
  if (result === "failed" || result === "skipped") {
    continue;
  }
  measured.push(result);
  // At once: what was measured is kept when a later claim is stopped.
  if (writesPage) {
    writeFileSync(PAGE, updatePage(readFileSync(PAGE, "utf8"), result.rows, [result.run]));
  }
}
const rows = measured.flatMap((one) => one.rows);
const runs = measured.map(({ run }) => run);
console.log(asJson ? JSON.stringify({ rows, runs }, null, 2) : renderText(rows));

function readArguments(): { names: readonly string[]; asJson: boolean; writesPage: boolean } {
  const options = {
    help: { type: "boolean" },
    json: { type: "boolean" },
    "no-page": { type: "boolean" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const unknown = positionals.filter((name) => !(CLAIMS as readonly string[]).includes(name));
    if (unknown.length > 0) {
      throw new Error(`no such claim: ${unknown.join(", ")}; there are ${CLAIMS.join(", ")}`);
    }
    return {
      names: positionals.length > 0 ? positionals : CLAIMS,
      asJson: values.json === true,
      writesPage: values["no-page"] !== true,
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(EXIT_USAGE);
  }
}

/** What a claim found; where it failed or was skipped, its lines on the page stay as they were. */
async function runClaim(name: string): Promise<Measured | "failed" | "skipped"> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  let run = describeRun(name);
  const found: Row[] = [];
  let skipped: string | null = null;
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    stdio: ["ignore", 2, "inherit", "pipe"],
    env: { ...process.env, [REPORT_FD]: "3" },
  });
  // A terminal tells both; a supervisor tells only us.
  const stop = () => child.kill("SIGTERM");
  stopped.signal.addEventListener("abort", stop);
  createInterface({ input: child.stdio[3] as Readable }).on("line", (line) => {
    const told = JSON.parse(line) as Told;
    if ("rows" in told) {
      found.push(...told.rows);
    } else if ("skipped" in told) {
      skipped = told.skipped;
    } else {
      run = { ...run, database: told.database };
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  stopped.signal.removeEventListener("abort", stop);
  if (code === 0 && skipped !== null) {
    console.error(`${name} is skipped: ${skipped}`);
    return "skipped";
  }
  const missing = GOALS.filter(
    (goal) =>
      goal.claim === name && !found.some(({ what, beside }) => what === goal.what && beside === goal.beside),
  );
  if (code !== 0 || missing.length > 0) {
    const lines = missing.map(({ what }) => `\n  no line "${what}"`);
    console.error(`${name} failed (${code ?? "killed"})${lines.join("")}`);
    return "failed";
  }
  return { run, rows: found };
}
