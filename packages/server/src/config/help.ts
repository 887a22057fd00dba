import { fileFormOf, flagOf, OPTION_KEYS, OPTIONS } from "./options.ts";

const COLUMNS = 100;
const INDENT = "      ";

/** Renders the text of `--help`, ending in a newline. `commands` are the subcommands of the program. */
export function renderHelp(
  commands: readonly { readonly name: string; readonly summary: string }[] = [],
): string {
  const options = OPTION_KEYS.map((key) => {
    const { name, type, defaultWords, secret, doc } = OPTIONS[key];
    const names = secret ? `${name} or ${fileFormOf(name)}` : name;
    return `  ${flagOf(name)} <${type.word}>\n${wrap(`${doc} (${names}; default: ${defaultWords})`)}\n`;
  });
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(22)} ${summary}`).join("\n");
  return `Usage: mintmark-server [options]
       mintmark-server COMMAND [flags] [options]

Every option is a flag, an environment variable and a key of the YAML file that --config names.
Flags win over the environment, the environment over the file. A secret can also be read from a file
(--admin-password-file).

Commands (mintmark-server COMMAND --help tells more; without one the server starts):
${list}

Options:
${options.join("\n")}
  --help, -h
${INDENT}This text.

  --version
${INDENT}The version.
`;
}

/** Breaks a text without line breaks into indented lines of at most 100 columns. */
export function wrap(text: string, indent = INDENT): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.replaceAll("`", "").split(" ")) {
    if (line.length + word.length >= COLUMNS && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}
