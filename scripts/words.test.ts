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
  /whoever has it/i,
];

const READ_BY_PEOPLE = [
  ...filesBelow("packages/console/src"),
  ...filesBelow("packages/server/templates"),
  "packages/server/src/core/errors.ts",
];

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|html|txt|eta|md)$/.test(name) && !name.includes(".test."))
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
