// The guides are followed by copying: a variable that no block sets expands to nothing, and the command that
// uses it fails in a way that says nothing of the cause.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { filesBelow } from "./source-files.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const GUIDES = filesBelow(ROOT).filter(
  ({ path }) => path === "README.md" || /^docs\/guide\/[\w-]+\.md$/.test(path),
);
const BLOCK = /^( *)```sh\n([\s\S]*?)^\1```/gm;
const USED = /\$(?:\{([A-Z_][A-Z0-9_]*)(:?[-=?])?|([A-Z_][A-Z0-9_]*))/g;
const SET =
  /(?:^|[\s;(&|])(?:export )?([A-Z_][A-Z0-9_]*)=|\bread -r?s?r? (?:-p '[^']*' )?([A-Z_][A-Z0-9_]*)/gm;
/** What every shell has, what the server's own environment holds, and what `mintmark run` sets. */
const GIVEN = new Set(["HOME", "PATH", "PWD", "MINTMARK_DATABASE_URL", "MINTMARK_URL", "MINTMARK_TOKEN"]);
/** The page says in words what it stands for. */
const SAID = /`([A-Z_]+)` (?:stands for|is|being)\b/g;

function unsetVariables(guide: string): readonly string[] {
  const blocks = [...guide.matchAll(BLOCK)].map(([, , block = ""]) => block).join("\n");
  const known = new Set(GIVEN);
  for (const [, assigned, read] of blocks.matchAll(SET)) known.add(assigned ?? read ?? "");
  for (const [, name = ""] of guide.matchAll(SAID)) known.add(name);
  const used = new Set<string>();
  for (const [, braced, fallback, plain] of blocks.matchAll(USED)) {
    if (fallback === undefined) used.add(braced ?? plain ?? "");
  }
  return [...used].filter((name) => !known.has(name));
}

describe("the blocks of a guide", () => {
  test.each(GUIDES.map(({ path, text }) => [path, text()] as const))(
    "%s: each variable is set",
    (_, text) => {
      expect(unsetVariables(text)).toEqual([]);
    },
  );

  test("are told from blocks with an unset variable", () => {
    const block = (script: string) => `# A\n\n\`\`\`sh\n${script}\n\`\`\`\n`;
    expect(unsetVariables(block('curl -d "$ID"'))).toEqual(["ID"]);
    expect(unsetVariables(block('ID=$(make)\ncurl -d "$ID" "$' + "{HUB:-x}"))).toEqual([]);
    expect(unsetVariables(block("read -rs -p 'Word: ' WORD; echo $WORD"))).toEqual([]);
    expect(unsetVariables(`\`HUB\` stands for the address.\n${block("curl $HUB")}`)).toEqual([]);
  });

  test("name the administrator's password in one way", () => {
    const others = GUIDES.filter(({ text }) => /(?<!MINTMARK_)\bADMIN_PASSWORD\b/.test(text()));
    expect(others.map(({ path }) => path)).toEqual([]);
  });
});
