import { arch, cpus, loadavg, totalmem } from "node:os";
import { openNative } from "../packages/server/src/storage/sqlite/driver.ts";
import { LOAD_BY, SECONDS } from "./load.ts";
import { ROUNDS } from "./rounds.ts";

/** Where and how a claim was measured. Nothing in it names the machine or a folder of it. */
export interface Run {
  readonly claim: string;
  /** UTC, to the day. */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly database: string;
  readonly loadBy: string;
  readonly rounds: string;
  /**
   * How many wanted a processor in the minute before it began: other work makes figures worse, and not
   * evenly.
   */
  readonly loadAverage: string;
}

export function describeRun(claim: string): Run {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    claim,
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} × ${processors[0]?.model.trim() ?? arch()}, ${gigabytes} GB`,
    node: process.versions.node,
    database: sqliteVersion(),
    loadBy: LOAD_BY,
    rounds: `${ROUNDS} of ${SECONDS} s`,
    loadAverage: (loadavg()[0] ?? 0).toFixed(1),
  };
}

export function sqliteVersion(): string {
  const database = openNative(":memory:");
  const [row] = database.prepare("select sqlite_version() as version").all() as { version: string }[];
  database.close();
  return `SQLite ${row?.version ?? ""}`.trim();
}

export const RUN_COLUMNS = [
  "claim",
  "date",
  "machine",
  "Node",
  "database",
  "load by",
  "rounds",
  "load average",
] as const;

/** The cells of a run, in the order of the columns. */
export function cellsOfRun(run: Run): readonly string[] {
  const { claim, date, machine, node, database, loadBy, rounds, loadAverage } = run;
  return [claim, date, machine, node, database, loadBy, rounds, loadAverage];
}
