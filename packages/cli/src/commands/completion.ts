import type { Command } from "commander";
import { usageFailure } from "../failure.ts";

const SHELLS: Readonly<Record<string, (words: ReadonlyMap<string, readonly string[]>) => string>> = {
  bash: (words) => `# mintmark completion bash: put this into ~/.bashrc, or source <(mintmark completion bash)
_mintmark() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local words
  case "$path" in
${[...words].map(([path, list]) => `    "${path}") words="${list.join(" ")}" ;;`).join("\n")}
    *) words="--help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _mintmark mintmark
`,
  zsh: (words) => `#compdef mintmark
# mintmark completion zsh: source <(mintmark completion zsh)
_mintmark() {
  local path="" word
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${[...words].map(([path, list]) => `    "${path}") compadd -- ${list.join(" ")} ;;`).join("\n")}
    *) _files ;;
  esac
}
compdef _mintmark mintmark
`,
  fish: (words) =>
    `# mintmark completion fish: mintmark completion fish | source
function __mintmark_path
  set -l words (commandline -opc)[2..-1]
  string join " " (string match -v -- "-*" $words)
end
${[...words]
  .map(
    ([path, list]) => `complete -c mintmark -n 'test (__mintmark_path) = "${path}"' -a '${list.join(" ")}'`,
  )
  .join("\n")}
`,
};

/** A script that completes commands and options in a shell, made from the commands themselves. */
export function completionFor(shell: string, program: Command): string {
  const script = SHELLS[shell];
  if (script === undefined) {
    throw usageFailure(`"${shell}" is not a shell known here; one of bash, zsh, fish was expected`);
  }
  const words = new Map<string, readonly string[]>();
  collect(program, "", words);
  return script(words);
}

function collect(command: Command, path: string, words: Map<string, readonly string[]>): void {
  const options = command.options.flatMap(({ long }) => (long == null ? [] : [long]));
  words.set(path, [...command.commands.map((one) => one.name()), ...options, "--help"]);
  for (const sub of command.commands) {
    collect(sub, path === "" ? sub.name() : `${path} ${sub.name()}`, words);
  }
}
