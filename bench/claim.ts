import { writeSync } from "node:fs";
import { type Row, renderText } from "./row.ts";

/** Registers an undo step that runs when the claim has ended. */
export type Later = (undo: () => unknown) => void;

const EXIT_INTERRUPTED = 130;

/**
 * Runs a claim. What it started is undone in reverse order when it ends, fails or is interrupted.
 */
export async function claim(body: (later: Later) => Promise<void>): Promise<void> {
  const undoings: (() => unknown)[] = [];
  let undone: Promise<void> | null = null;
  const undo = () => {
    undone ??= undoAll(undoings);
    return undone;
  };
  const stop = () => {
    void undo().finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await body((undoing) => undoings.push(undoing));
  } catch (error) {
    // Resources that are removed from under a stopped claim make it fail; that is not reported.
    if (undone === null) {
      console.error(error);
      process.exitCode = 1;
    }
  }
  await undo();
  process.removeListener("SIGINT", stop);
  process.removeListener("SIGTERM", stop);
}

async function undoAll(undoings: (() => unknown)[]): Promise<void> {
  for (let undoing = undoings.pop(); undoing; undoing = undoings.pop()) {
    try {
      await undoing();
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    }
  }
}

/** The messages of a claim to the program that runs it, one JSON object a line. */
export type Told =
  | { readonly rows: readonly Row[] }
  | { readonly database: string }
  | { readonly skipped: string };

/** The channel of `run.ts`; unset when a claim runs alone. */
export const REPORT_FD = "BENCH_REPORT_FD";

/** Hands rows to `npm run bench`, or prints them where the claim runs by itself. */
export function report(rows: readonly Row[]): void {
  tell({ rows }, () => console.log(`${renderText(rows)}\n`));
}

/** Names the database, where it is another than SQLite alone. */
export function reportDatabase(database: string): void {
  tell({ database }, () => console.log(database));
}

/** Says why nothing can be measured here; the lines on the page stay as they were. */
export function reportSkipped(reason: string): void {
  tell({ skipped: reason }, () => console.log(reason));
}

function tell(told: Told, orElse: () => void): void {
  const fd = process.env[REPORT_FD];
  if (fd === undefined) {
    orElse();
  } else {
    writeSync(Number(fd), `${JSON.stringify(told)}\n`);
  }
}
