import { CommanderError } from "commander";
import { EXIT, type Failure, usageFailure } from "./failure.ts";
import { type Outcome, programOf } from "./program.ts";
import { failureOf } from "./session.ts";
import { style, TERMINAL } from "./terminal.ts";

/** Runs the command line and sets the exit code of the process. */
export async function runProgram(args: readonly string[]): Promise<void> {
  const outcome: Outcome = { exitCode: EXIT.good };
  const program = programOf(outcome);
  // A reader that has seen enough (`mintmark token list | head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? EXIT.good : EXIT.refused);
  });
  const end = args.indexOf("--");
  const asJson = (end < 0 ? args : args.slice(0, end)).includes("--json");
  let complaint = "";
  const throwing = (command: typeof program) => {
    command.exitOverride();
    if (asJson) {
      command.configureOutput({
        writeErr: (text) => {
          complaint += text;
        },
      });
    }
    for (const sub of command.commands) {
      throwing(sub);
    }
  };
  throwing(program);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are thrown as well, with 0. A group of commands without a command is a mistake.
      outcome.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
      if (asJson && outcome.exitCode !== EXIT.good) {
        report(usageFailure(complaint.split("\n")[0] ?? "", "Run: mintmark --help"), true);
      }
    } else {
      const hub = program.opts<{ readonly hub?: string }>().hub ?? null;
      const failure = failureOf(error, hub);
      report(failure, asJson);
      outcome.exitCode = failure.exitCode;
    }
  }
  process.exitCode = outcome.exitCode;
}

/** What happened → what to do, on stderr; with `--json` as JSON on stdout. */
function report({ code, message, advice }: Failure, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ error: { code, message, advice } })}\n`);
    return;
  }
  const mark = style(TERMINAL, "red", "mintmark:", process.stderr);
  process.stderr.write(`${mark} ${message}${advice === null ? "" : `\n  → ${advice}`}\n`);
}
