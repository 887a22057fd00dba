import type { Command, Option } from "commander";

/** Each script asks the command for the words, so that one place knows them and no shell repeats it. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# Put this into ~/.bashrc: source <(mintmark completion bash)
_mintmark() {
  local IFS=$'\\n'
  COMPREPLY=($(mintmark complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mintmark mintmark
`,
  zsh: `#compdef mintmark
# Put this into ~/.zshrc, behind compinit: source <(mintmark completion zsh)
_mintmark() {
  local -a found
  found=("\${(@f)$(mintmark complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -a found; else _files; fi
}
compdef _mintmark mintmark
`,
  fish: `# Put this into ~/.config/fish/config.fish: mintmark completion fish | source
complete -c mintmark -a '(mintmark complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

export const SHELLS: readonly string[] = Object.keys(SCRIPTS);

/** The script that makes a shell complete the words of `mintmark`. */
export function completionFor(shell: string): string {
  return SCRIPTS[shell] ?? "";
}

/**
 * What may stand in place of the last of these words, which is only begun: commands, options, or the values
 * of an option or argument with a fixed set. Nothing where a value is free: shells offer files then.
 */
export function candidatesFor(program: Command, words: readonly string[]): readonly string[] {
  const begun = words.at(-1) ?? "";
  let command = program;
  let option: Option | undefined;
  let arguments_ = 0;
  for (const word of words.slice(0, -1)) {
    if (word === "--") {
      return [];
    }
    if (word.startsWith("-")) {
      option = word.includes("=") ? undefined : valuedOption(command, word);
    } else if (option !== undefined) {
      option = option.variadic ? option : undefined;
    } else {
      const sub = command.commands.find((one) => one.name() === word);
      arguments_ = sub ? 0 : arguments_ + 1;
      command = sub ?? command;
    }
  }
  return wordsAt(command, option, arguments_, begun).filter((word) => word.startsWith(begun));
}

function valuedOption(command: Command, flag: string): Option | undefined {
  const option = command.options.find(({ long, short }) => long === flag || short === flag);
  return option?.required === true || option?.optional === true ? option : undefined;
}

function wordsAt(
  command: Command,
  option: Option | undefined,
  position: number,
  begun: string,
): readonly string[] {
  if (begun.startsWith("-")) {
    return [...command.options.flatMap(({ long }) => long ?? []), "--help"];
  }
  if (option !== undefined) {
    return option.argChoices ?? [];
  }
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
  return [...commands, ...(command.registeredArguments[position]?.argChoices ?? [])];
}
