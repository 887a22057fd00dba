import { spawn } from "node:child_process";
import { constants } from "node:os";
import { usageFailure } from "../failure.ts";
import { isReplaced } from "../kinds.ts";
import { durationMs } from "../moment.ts";
import type { Session } from "../session.ts";
import { readKind } from "./token.ts";

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const TITLE_LENGTH_MAX = 100;
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

export interface RunOptions {
  readonly kind?: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
}

/**
 * Runs a program with a fresh credential in `MINTMARK_TOKEN`, and ends the credential afterwards, also on a
 * signal. After `kill -9` of this command it expires by itself. Returns the program's exit code, 128 and the
 * number of the signal that ended it, 127 if it was not found.
 */
export async function runWith(
  session: Session,
  command: readonly string[],
  options: RunOptions,
): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw usageFailure("No program is named", "For example: mintmark run -- ansible-galaxy collection list");
  }
  const kind = readKind(options.kind ?? "personal_token");
  if (isReplaced(kind)) {
    throw usageFailure(`An account has one ${kind}: a new one for this run would end the one in use`);
  }
  const life = durationMs(options.expires ?? "1h", "--expires");
  const client = await session.client();
  const { credential, secret } = await client.createCredential({
    kind,
    title: `mintmark run: ${program}`.slice(0, TITLE_LENGTH_MAX),
    expiresAt: new Date(Date.now() + life).toISOString(),
    ...(options.scope === undefined && kind !== "personal_token"
      ? {}
      : { scopes: options.scope ?? ["*:*:*"] }),
  });
  // From here on a signal ends the program, not this command, which still has a credential to end.
  for (const signal of PASSED_ON) {
    process.on(signal, () => undefined);
  }
  try {
    return await exitOf(program, args, {
      ...session.terminal.env,
      MINTMARK_URL: session.hub,
      MINTMARK_TOKEN: secret,
    });
  } finally {
    await client.revokeCredential(credential.id).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : "";
      session.say(`mintmark: the credential was not ended (${reason}); it expires ${credential.expiresAt}`);
    });
  }
}

/** The exit code of a program as a shell would give it; signals to this process are passed on to it. */
function exitOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "inherit", env: env as NodeJS.ProcessEnv });
    // A terminal sends these to the whole foreground group, so the program has them already.
    const pass = (signal: NodeJS.Signals) => {
      if (!(process.stdin.isTTY === true && (signal === "SIGINT" || signal === "SIGQUIT"))) {
        child.kill(signal);
      }
    };
    for (const signal of PASSED_ON) {
      process.on(signal, pass);
    }
    const finish = (code: number) => {
      for (const signal of PASSED_ON) {
        process.off(signal, pass);
      }
      resolve(code);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      process.stderr.write(`mintmark: ${program} cannot be run: ${error.code ?? error.message}\n`);
      finish(error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.once("exit", (code, signal) =>
      finish(code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))),
    );
  });
}
