import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Phrases that people had to guess at, in what they read. `docs/reference/words.md` has the words to use. */
const BANNED = [
  /"Living"|>Living</,
  /"Made"|>Made</,
  /"Ends"|>Ends</,
  /without an end of its own/i,
  /died? of neglect/i,
  /nothing of that sort/i,
  /opens anything/i,
  /no longer living/i,
  /nothing here by that name/i,
  /the two are not the same/i,
  /end by disuse/i,
  /whoever/i,
  /by disuse/i,
  /one's own\b/i,
  /where there is none/i,
  /\bliving (?:nodes?|credentials?|tokens?|keys?)\b/i,
  /\bdead (?:tokens?|secrets?|credentials?|log-ins?|ones?)\b/i,
  /(?:tokens?|secrets?|credentials?|keys?|it) dies\b/i,
  /of that name exists/i,
  /in this answer and nowhere else/i,
  /this is no use\b|counts as no use\b/i,
  /as far as (?:this one|its|the .{1,20}) (?:knows|tells|are)\b/i,
  /out of reach\. /i,
];

const READ_BY_PEOPLE = [
  ...filesBelow("packages/console/src"),
  ...filesBelow("packages/server/templates"),
  ...filesBelow("docs/guide"),
  ...filesBelow("docs/reference"),
  "README.md",
  "docs/security.md",
  "packages/cli/README.md",
  "packages/sdk/README.md",
  "packages/server/src/core/errors.ts",
  "packages/server/src/config/options.ts",
  "packages/cli/src/program.ts",
].filter((path) => path !== "docs/reference/words.md");

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|html|txt|eta|md|json)$/.test(name) && !name.includes(".test."))
    .map((name) => join(folder, name));
}

test.each(BANNED.map((phrase) => [String(phrase), phrase] as const))(
  "nothing that people read says %s",
  (_name, phrase) => {
    expect(READ_BY_PEOPLE.length).toBeGreaterThan(50);
    const found = READ_BY_PEOPLE.filter((path) => phrase.test(readFileSync(join(ROOT, path), "utf8")));
    expect(found).toEqual([]);
  },
);

test("the list of words names each word once", () => {
  const page = readFileSync(join(ROOT, "docs/reference/words.md"), "utf8");
  const words = [...page.matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, word]) => word);
  expect(words.length).toBeGreaterThan(8);
  expect(new Set(words).size).toBe(words.length);
});
