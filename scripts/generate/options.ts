import {
  fileFormOf,
  flagOf,
  OPTION_KEYS,
  OPTIONS,
  yamlKeyOf,
} from "../../packages/server/src/config/options.ts";
import type { Generated } from "./checked-in.ts";

/** The reference page of the options, from their registry. */
export function generate(): Generated {
  return { "docs/reference/options.md": page() };
}

function page(): string {
  const rows = OPTION_KEYS.map((key) => {
    const { name, type, defaultWords } = OPTIONS[key];
    return `| [\`${name}\`](#${name.toLowerCase()}) | ${cell(type.word)} | ${cell(defaultWords)} |`;
  });
  return `<!-- Made by \`npm run generate\` from packages/server/src/config/options.ts. Edit that file, not this one. -->

# Options

Every option is an environment variable, a flag and a key of a YAML file: \`MINTMARK_DATA_DIR\`, \`--data-dir\`, \`data_dir\`. The file is
the one that \`--config\` or \`MINTMARK_CONFIG\` names; without either, none is read. A flag wins over the environment, the environment over
the file, the file over the default.

Each secret can also be read from a file whose path is in \`<NAME>_FILE\` (\`--admin-password-file\`, \`admin_password_file\`); one line break at
the file's end is dropped. Prefer that to a flag, which everybody on the machine can see. Giving both forms in one place is a mistake;
otherwise the same order of places holds.

A name that is not known is a mistake, and so is an empty value where an option takes none. All mistakes are told at once, secrets in them
shown as \`[secret]\`; the server then ends with exit code 78 and has touched nothing.

| option | value | default |
| --- | --- | --- |
${rows.join("\n")}
${OPTION_KEYS.map((key) => `\n${section(key)}`).join("")}`;
}

function section(key: keyof typeof OPTIONS): string {
  const { name, type, defaultWords, secret, doc } = OPTIONS[key];
  const names = [name, ...(secret ? [fileFormOf(name)] : [])];
  const yaml =
    name === OPTIONS.configFile.name ? "none" : names.map((each) => code(yamlKeyOf(each))).join(", ");
  return `## ${name}

${doc}

- environment: ${names.map(code).join(", ")}
- flag: ${names.map((each) => code(flagOf(each))).join(", ")}
- YAML: ${yaml}
- allowed: ${type.allowed}
- default: ${defaultWords}
`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
