// docs/reference/words.md says which word means what. This test holds texts that people read to it.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { filesBelow } from "./source-files.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WORDS = "docs/reference/words.md";
const FILES = filesBelow(ROOT);
const PAGE = FILES.find(({ path }) => path === WORDS)?.text() ?? "";
const [MEANINGS = "", BANNED = ""] = PAGE.split("## Not these");

/** The cells of a table, without its head. */
function rowsOf(text: string): readonly (readonly [string, string])[] {
  const rows = [...text.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].map(
    ([, left = "", right = ""]) => [left.trim(), right.trim()] as const,
  );
  return rows.slice(2);
}

const INSTEAD = new Map(rowsOf(BANNED));

/** Pages whose readers are users and operators. Decisions, READMEs of packages and measurements are not. */
const isPage = (path: string) =>
  path === "README.md" ||
  /^docs\/(?:guide\/[\w-]+|security|reference\/(?!words|performance)[\w-]+)\.md$/.test(path);
const isMail = (path: string) => path.startsWith("packages/server/templates/mail/");
const isCode = (path: string) =>
  /^packages\/console\/src\/.*\.tsx?$/.test(path) ||
  path === "packages/server/src/core/errors.ts" ||
  /^packages\/(?:server\/src\/(?:dialects\/mintmark|http)|cli\/src)\/.*\.ts$/.test(path);
const isTest = (path: string) => /\.test\.tsx?$/.test(path);

/** Code without its comments: what is left is shown to somebody, or is a name, which has no spaces. */
const withoutComments = (code: string) => code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, "");

function bannedIn(text: string): readonly string[] {
  const plain = text.toLowerCase().replace(/\s+/g, " ");
  return [...INSTEAD.keys()].filter((words) => new RegExp(`(?<![\\w-])${words}s?(?![\\w-])`).test(plain));
}

const read = FILES.filter(({ path }) => !isTest(path)).flatMap(({ path, text }) => {
  if (isPage(path) || isMail(path)) return [{ path, shown: text() }];
  return isCode(path) ? [{ path, shown: withoutComments(text()) }] : [];
});

describe("the words that people read", () => {
  test("come from the console, the API, mails and the pages", () => {
    for (const part of [
      "packages/console/",
      "packages/server/src/dialects/",
      "templates/mail/",
      "docs/guide/",
    ]) {
      expect(read.some(({ path }) => path.includes(part))).toBe(true);
    }
  });

  test("are none of those that have a better one", () => {
    const found = read.flatMap(({ path, shown }) =>
      bannedIn(shown).map((words) => `${path}: "${words}", better: ${INSTEAD.get(words)}`),
    );
    expect(found).toEqual([]);
  });

  test("would be found, across the end of a line too", () => {
    expect(bannedIn("Every living\n  token of hers")).toEqual(["living token"]);
    expect(bannedIn(withoutComments('const a = "Everybody\'s"; // a living token'))).toEqual(["everybody's"]);
    expect(bannedIn("every living node")).toEqual([]);
  });

  test("have one meaning each, in the order of the alphabet", () => {
    const words = rowsOf(MEANINGS).map(([word]) => word);
    expect(words.length).toBeGreaterThan(30);
    expect(words).toEqual([...new Set(words)].sort((a, b) => a.localeCompare(b, "en")));
  });
});
