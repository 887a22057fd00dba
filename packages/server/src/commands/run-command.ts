import { readFileSync } from "node:fs";
import { wrap } from "../config/help.ts";
import { loadConfig } from "../config/load.ts";
import { renderMistakes } from "../config/mistakes.ts";
import { nearestName } from "../config/nearest-name.ts";
import type { Environment } from "../config/sources.ts";
import { HubError } from "../core/errors.ts";
import type { Command, Terminal } from "./command.ts";
import { COMMON_FLAGS, readCommandLine } from "./command-line.ts";
import { COMMANDS } from "./commands.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

export interface CommandSurroundings {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly version: string;
}

/**
 * Runs the command that the words at the start of `argv` name and returns its exit code. Returns null if
 * `argv` begins with a flag or is empty: then it is a server that is to start.
 */
export async function runCommand(
  argv: readonly string[],
  surroundings: CommandSurroundings,
): Promise<number | null> {
  const [first] = argv;
  if (first === undefined || first.startsWith("-")) {
    return null;
  }
  const { terminal } = surroundings;
  const command = COMMANDS.find(({ name }) => name.split(" ").every((word, at) => argv[at] === word));
  if (!command) {
    terminal.note(`mintmark-server: ${unknownCommand(argv)}\n`);
    return EXIT.usage;
  }
  try {
    return await run(command, argv.slice(command.name.split(" ").length), surroundings);
  } catch (error) {
    terminal.note(`mintmark-server ${command.name}: ${sentenceOf(error)}\n`);
    return error instanceof CommandError ? error.exitCode : exitCodeOf(error);
  }
}

async function run(
  command: Command,
  argv: readonly string[],
  { env, terminal, version }: CommandSurroundings,
): Promise<number> {
  const { flags, words, options, wantsHelp } = readCommandLine(command, argv);
  if (wantsHelp) {
    terminal.out(renderCommandHelp(command));
    return EXIT.done;
  }
  const loaded = loadConfig({ argv: options, env, readFile: (path) => readFileSync(path, "utf8") });
  switch (loaded.outcome) {
    case "mistakes":
      terminal.note(renderMistakes(loaded.mistakes));
      return EXIT.config;
    case "help":
      terminal.out(renderCommandHelp(command));
      return EXIT.done;
    case "version":
      terminal.out(`mintmark ${version}\n`);
      return EXIT.done;
    case "config":
      return command.run({ ...loaded, flags, words, terminal, version });
  }
}

/** The text of `mintmark-server COMMAND --help`. */
function renderCommandHelp(command: Command): string {
  const flags = Object.entries({ ...command.flags, ...COMMON_FLAGS }).map(
    ([name, { doc, value }]) => `  --${name}${value === undefined ? "" : ` ${value}`}\n${wrap(doc)}\n`,
  );
  const words = command.words.map((word) => ` ${word}`).join("");
  return `Usage: mintmark-server ${command.name}${words} [flags] [options of the server]

${wrap(command.doc, "")}

Flags:
${flags.join("\n")}
Every option of the server (mintmark-server --help) counts here too: give the ones that the server runs with.
`;
}

function unknownCommand(argv: readonly string[]): string {
  const names = COMMANDS.map(({ name }) => name);
  const nearest =
    nearestName(argv.slice(0, 2).join(" "), names) ?? nearestName(argv[0] ?? "", names) ?? undefined;
  const rather = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `there is no such command.${rather} The commands are ${names.join(", ")}; without one the server starts.`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof HubError) {
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
    return `${error.message}${cause}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function exitCodeOf(error: unknown): number {
  const { code = "", name = "", errno } = error as { code?: string; name?: string; errno?: number };
  if (code === "store_unavailable" || code === "ECONNREFUSED") {
    return EXIT.unavailable;
  }
  if (errno !== undefined) {
    return EXIT.io;
  }
  return name === "DamagedDatabaseError" ? EXIT.data : EXIT.internal;
}
