import { PassThrough } from "node:stream";
import { runCommand } from "../commands/run-command.ts";

export interface CommandRun {
  readonly code: number | null;
  readonly out: string;
  readonly notes: string;
  /** What was written to stdout as bytes. */
  readonly bytes: Buffer;
}

/** Runs a command of `mintmark-server` in this process. Only `env` counts as its environment. */
export async function runInProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  let out = "";
  let notes = "";
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    note: (text: string) => {
      notes += text;
    },
    stdout,
  };
  const code = await runCommand(argv, { env, terminal, version: "1.2.3" });
  return { code, out, notes, bytes: Buffer.concat(chunks) };
}
