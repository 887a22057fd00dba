import type { Terminal } from "./command.ts";

/** The terminal of this process: results on stdout, progress and mistakes on stderr. */
export const processTerminal: Terminal = {
  out: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  stdout: process.stdout,
};
