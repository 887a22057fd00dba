import { programOf } from "../../packages/cli/src/program.ts";
import type { Generated } from "./checked-in.ts";

type Command = ReturnType<typeof programOf>;

const HEAD = `<!-- Made by \`npm run generate\` from packages/cli/src/program.ts. Edit that file, not this one. -->

# The command \`mintmark\`

Every command, with its options, as \`mintmark … --help\` prints them. How they are used: [the guide](../guide/command.md).

| exit code | means |
| --- | --- |
| 0 | done; the secret is good |
| 1 | the command line is wrong |
| 2 | refused: not logged in, denied, or a secret that is not good |
| 3 | the hub is out of reach |

\`run\` passes on the exit code of its program: 128 and the number of a signal, 127 for a program that was not found.
`;

/** The reference page of the command, from the commands themselves. */
export function generate(): Generated {
  const program = programOf({ exitCode: 0 });
  return { "docs/reference/command.md": `${HEAD}${sectionsOf(program, "")}` };
}

function sectionsOf(command: Command, parent: string): string {
  const name = `${parent}${command.name()}`;
  command.configureHelp({ helpWidth: 100 });
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const below = command.commands.map((sub) => sectionsOf(sub, `${name} `));
  return `\n## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n${below.join("")}`;
}
