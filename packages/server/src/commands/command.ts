import type { Config, OptionKey } from "../config/options.ts";

/** A flag of one command. Every command takes the options of the server as well. */
export interface CommandFlag {
  /** What stands for its value in the help; undefined for a switch. */
  readonly value?: string;
  readonly doc: string;
  /** May be given several times. */
  readonly repeats?: true;
}

export interface Command {
  /** The words that select it: `backup`, `key rotate`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, CommandFlag>>;
  /** Names of the words behind the flags, in order; `[USERNAME]` may be left out. */
  readonly words: readonly string[];
  /** A paragraph for `--help`. */
  readonly doc: string;
  /** The exit code. Throws `CommandError`. */
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  readonly config: Config;
  /** Where the value of each option came from: `flag --port`, `environment`, `file /run/key`, `default`. */
  readonly origins: Readonly<Record<OptionKey, string>>;
  /** The text of each option as it was given; null if it has no value. */
  readonly texts: Readonly<Record<OptionKey, string | null>>;
  readonly flags: CommandFlags;
  readonly words: readonly string[];
  readonly terminal: Terminal;
  readonly version: string;
}

export interface CommandFlags {
  has(name: string): boolean;
  /** The last value given, or undefined. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

/** Where a command writes. */
export interface Terminal {
  /** Results, as text or with `--json` as one JSON object. */
  out(text: string): void;
  /** Progress and mistakes. */
  note(text: string): void;
  /** Raw bytes of a result, for `--to -`. */
  readonly stdout: NodeJS.WritableStream;
}

/** Writes a result as JSON if `--json` was given, else as text. */
export function answer({ flags, terminal }: Invocation, result: object, text: string): void {
  terminal.out(flags.has("json") ? `${JSON.stringify(result)}\n` : text);
}
