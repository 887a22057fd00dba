import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { candidatesFor } from "./commands/completion.ts";
import { programOf } from "./program.ts";

const program = () => programOf({ exitCode: 0 });

/** Every command that does something, e.g. `token create`. */
function leaves(command: Command, path = ""): readonly (readonly [string, Command])[] {
  const name = path === "" ? command.name() : `${path} ${command.name()}`;
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");
  return visible.length === 0
    ? [[name, command]]
    : visible.flatMap((sub) => leaves(sub, path === "" ? "mintmark" : name));
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

test.each([
  ["mintmark ke", ["keep-alive"]],
  ["mintmark token r", ["rotate", "revoke"]],
  ["mintmark --hub http://hub token r", ["rotate", "revoke"]],
  ["mintmark token create --kind p", ["platform_key", "personal_token"]],
  ["mintmark token create --title token --ki", ["--kind"]],
  ["mintmark status --w", ["--within"]],
  ["mintmark write ", ["ansible", "podman", "ibm", "env"]],
  ["mintmark write ansible ", []],
  ["mintmark write --path ", []],
  ["mintmark run -- make ", []],
])("behind %j a shell offers %j", (line, words) => {
  expect(candidatesFor(program(), line.split(" ").slice(1))).toEqual(words);
});
