import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { completionFor } from "./commands/completion.ts";
import { programOf } from "./program.ts";

const program = () => programOf({ exitCode: 0 });

/** Every command that does something, e.g. `token create`. */
function leaves(command: Command, path = ""): readonly (readonly [string, Command])[] {
  const name = path === "" ? command.name() : `${path} ${command.name()}`;
  return command.commands.length === 0
    ? [[name, command]]
    : command.commands.flatMap((sub) => leaves(sub, path === "" ? "mintmark" : name));
}

describe.each(leaves(program()))("%s", (_, command) => {
  test("takes --hub, --json and --verbose behind its name", () => {
    const options = command.options.map(({ long }) => long);
    expect(options).toEqual(expect.arrayContaining(["--hub", "--json", "--verbose"]));
  });

  test("shows an example in its help", () => {
    let help = "";
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    expect(help).toMatch(/Examples:\n {2}\$ .*mintmark /);
  });
});

test.each(["bash", "zsh", "fish"])("completion for %s knows the commands and their options", (shell) => {
  const script = completionFor(shell, program());
  expect(script).toContain("keep-alive");
  expect(script).toContain("--within");
});

test("completion for another shell names the known ones", () => {
  expect(() => completionFor("tcsh", program())).toThrow("bash, zsh, fish");
});
