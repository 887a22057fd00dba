import { fileFormOf, flagOf, OPTION_KEYS, OPTIONS } from "./options.ts";

const COLUMNS = 100;
const INDENT = "      ";

/** What `--help` prints; ends in a newline. */
export function renderHelp(): string {
  const options = OPTION_KEYS.map((key) => {
    const { name, type, defaultWords, secret, doc } = OPTIONS[key];
    const names = secret ? `${name} or ${fileFormOf(name)}` : name;
    return `  ${flagOf(name)} <${type.word}>\n${wrap(`${doc} (${names}; default: ${defaultWords})`)}\n`;
  });
  return `Usage: mintmark-server [options]

Every option is a flag, an environment variable and a key of the YAML file that --config names.
Flags win over the environment, the environment over the file. A secret can also be read from a file
(--admin-password-file).

Options:
${options.join("\n")}
  --help, -h
${INDENT}This text.

  --version
${INDENT}The version.
`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.replaceAll("`", "").split(" ")) {
    if (line.length + word.length >= COLUMNS && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = INDENT;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}
