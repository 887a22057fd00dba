import { OPTION_KEYS, OPTIONS } from "../config/options.ts";
import { answer, type Command } from "./command.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Shows the options in force. Reads the configuration and the files it names; opens no database and no port.
 */
export const checkConfig: Command = {
  name: "check-config",
  summary: "Show the options in force and where each came from.",
  words: [],
  flags: {},
  doc: "Prints each option with its value and where that came from: a flag, the environment, a file or the default. Secrets print as [secret]. Opens no database and no port. Ends with 78 if there are mistakes, and prints all of them.",
  run: async (invocation) => {
    const options = OPTION_KEYS.map((key) => {
      return { option: OPTIONS[key].name, value: invocation.texts[key], from: invocation.origins[key] };
    });
    answer(invocation, { options }, `${options.map(lineOf).join("\n")}\n`);
    return EXIT.done;
  },
};

function lineOf({ option, value, from }: { option: string; value: string | null; from: string }): string {
  return value === null ? `${option}  (not set)` : `${option} = ${value}  (${from})`;
}
