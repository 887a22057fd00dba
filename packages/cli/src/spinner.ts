import type { Terminal } from "./terminal.ts";

const AFTER_MS = 1_000;
const EACH_MS = 100;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * Shows on a terminal that work of more than a second goes on; returns what stops it and clears the line.
 * Nothing is shown where stderr is not a terminal.
 */
export function spin({ stderr, env }: Pick<Terminal, "stderr" | "env">): () => void {
  if (stderr.isTTY !== true || env["TERM"] === "dumb") {
    return () => undefined;
  }
  let turn = 0;
  let interval: NodeJS.Timeout | undefined;
  const start = setTimeout(() => {
    interval = setInterval(() => {
      stderr.write(`\r${FRAMES[turn % FRAMES.length]} working`);
      turn += 1;
    }, EACH_MS);
  }, AFTER_MS);
  return () => {
    clearTimeout(start);
    clearInterval(interval);
    if (turn > 0) {
      stderr.write("\r\u001b[2K");
    }
  };
}
