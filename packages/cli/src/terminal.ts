import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { refusal } from "./failure.ts";

const SECRET_BYTES_MAX = 64 * 1024;

/** What the command reads from and writes to. Results go to stdout, everything for people to stderr. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const TERMINAL: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
};

/** The whole of stdin without the line breaks at its end, for a secret that is piped in. */
export async function readPiped({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    bytes += (chunk as Uint8Array).length;
    if (bytes > SECRET_BYTES_MAX) {
      throw refusal("malformed", `stdin holds more than ${SECRET_BYTES_MAX} bytes; one secret was expected`);
    }
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/[\r\n]+$/, "");
}

/** A secret from stdin: piped, or typed without being shown. */
export async function readSecretFrom(terminal: Terminal, prompt: string): Promise<string> {
  return terminal.stdin.isTTY === true ? readHidden(terminal, prompt) : readPiped(terminal);
}

function readHidden(terminal: Terminal, prompt: string): Promise<string> {
  terminal.stderr.write(prompt);
  // readline echoes what is typed to its output; without an output nothing is shown.
  const lines = createInterface({ input: terminal.stdin, terminal: true });
  return new Promise((resolve) => {
    lines.once("line", (line) => {
      lines.close();
      terminal.stderr.write("\n");
      resolve(line);
    });
    lines.once("SIGINT", () => {
      terminal.stderr.write("\n");
      process.exit(130);
    });
  });
}

const STYLES = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Colours only on a terminal, and not where NO_COLOR is set (https://no-color.org). */
export function style(
  { stdout, env }: Terminal,
  name: keyof typeof STYLES,
  text: string,
  stream: { readonly isTTY?: boolean } = stdout,
): string {
  const plain = stream.isTTY !== true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return plain ? text : `\u001b[${STYLES[name]}m${text}\u001b[0m`;
}
