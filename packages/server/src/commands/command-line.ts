import type { Command, CommandFlag, CommandFlags } from "./command.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

export interface CommandLine {
  readonly flags: CommandFlags;
  readonly words: readonly string[];
  /** What the command itself does not know: options of the server. */
  readonly options: readonly string[];
  readonly wantsHelp: boolean;
}

/**
 * Takes the command's own flags and words out of `argv`; the rest are options of the server. Throws
 * `CommandError`.
 */
export function readCommandLine(command: Command, argv: readonly string[]): CommandLine {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const options: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    const [head = "", ...tail] = argument.split("=");
    const known = head.startsWith("--") ? flagOf(command, head.slice(2)) : undefined;
    if (known) {
      const inline = tail.length > 0 ? tail.join("=") : undefined;
      const value = known.value === undefined ? "" : (inline ?? argv[++index]);
      if (value === undefined || (known.value === undefined && inline !== undefined)) {
        throw usageError(
          command,
          `${head} ${known.value === undefined ? "takes no value" : "needs a value"}`,
        );
      }
      addTo(given, command, { name: head.slice(2), value, repeats: known.repeats === true });
    } else if (argument.startsWith("--")) {
      options.push(argument);
      // The value of an option of the server, unless it is written as --name=value.
      if (tail.length === 0 && argv[index + 1] !== undefined && !argv[index + 1]?.startsWith("--")) {
        options.push(argv[++index] as string);
      }
    } else if (argument === "-h") {
      given.set("help", [""]);
    } else {
      words.push(argument);
    }
  }
  const wantsHelp = given.has("help");
  if (!wantsHelp) {
    requireWords(command, words);
  }
  return { flags: flagsOf(given), words, options, wantsHelp };
}

function flagOf(command: Command, name: string): CommandFlag | undefined {
  return COMMON_FLAGS[name] ?? command.flags[name];
}

/** Flags that every command takes. */
export const COMMON_FLAGS: Command["flags"] = {
  json: { doc: "Print the result as JSON." },
  help: { doc: "Print this text." },
};

function addTo(
  given: Map<string, string[]>,
  command: Command,
  { name, value, repeats }: { readonly name: string; readonly value: string; readonly repeats: boolean },
): void {
  const known = given.get(name);
  if (known && !repeats) {
    throw usageError(command, `--${name} is given more than once`);
  }
  given.set(name, [...(known ?? []), value]);
}

function requireWords(command: Command, words: readonly string[]): void {
  const least = command.words.filter((word) => !word.startsWith("[")).length;
  if (words.length < least) {
    throw usageError(command, `${command.words[words.length]} is missing`);
  }
  if (words.length > command.words.length) {
    // The word itself is not repeated: it may be the rest of a password that nobody quoted.
    throw usageError(command, "there is a word too many");
  }
}

function usageError(command: Command, problem: string): CommandError {
  return new CommandError(EXIT.usage, `${problem}. See mintmark-server ${command.name} --help`);
}

function flagsOf(given: ReadonlyMap<string, readonly string[]>): CommandFlags {
  return {
    has: (name) => given.has(name),
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
  };
}
