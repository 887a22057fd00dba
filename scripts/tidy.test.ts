// What review has said often enough. Each message says what to do instead.
// Biome holds the rest (biome.json): default exports, `any`, file names, unused things.
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { filesBelow, type SourceFile } from "./source-files.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LINES_MAX = 500;
const COLUMNS_MAX = 110;
const CODE = new Set([".ts", ".tsx", ".mjs", ".js", ".css", ".html"]);
const TEXT = new Set([...CODE, ".json", ".md", ".yml", ".yaml", ".sh", ".conf", ".sql", ".txt", ""]);
const OWN_NAME = "scripts/tidy.test.ts";

interface Rule {
  readonly promise: string;
  readonly files: ReadonlySet<string>;
  readonly pattern: RegExp;
  readonly instead: string;
  readonly broken: readonly string[];
  readonly kept: readonly string[];
}

const RULES: readonly Rule[] = [
  {
    promise: "no file names a folder of somebody's machine",
    files: TEXT,
    pattern: /(?<![\w.$}>)\]~-])\/(?:work|root|home\/\w+)\//,
    instead: "use a relative path, import.meta.url or os.tmpdir()",
    broken: [
      ["work", "x"],
      ["root", "src"],
      ["home", "jo", "notes"],
    ].map((path) => `cd /${path.join("/")}`),
    kept: ["https://example.org/home/jo/", "packages/work/", "/homework/", "~/root/"],
  },
  {
    promise: "no test runs alone",
    files: CODE,
    pattern: /\b(?:test|it|describe)(?:\.\w+)*\.only\b/,
    instead: "remove .only: it switches off every other test of the file",
    broken: ['test.only("a", run)', "describe.concurrent.only("],
    kept: ["readonly only: boolean", "the.only(one)"],
  },
  {
    promise: "no test is skipped without a reason that a run prints",
    files: CODE,
    pattern: /\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|todo)\(|\bskip\(\s*\)/,
    instead:
      'use requireProgram() of e2e/programs.ts, or context.skip("the reason"); delete a test nobody will run',
    broken: ['test.skip("a", run)', "context.skip()", 'it.todo("b")'],
    kept: ['context.skip("nginx is not installed")', "test.skipIf(isWindows)(", "rows.skip(10)"],
  },
  {
    promise: "nothing is left to do in a comment",
    files: CODE,
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    instead: "do it, or open an issue and say in the comment what is true today",
    broken: ["// TODO later", "/* FIXME */"],
    kept: ["const todo = 1", "AUTODOC"],
  },
  {
    promise: "every suppression says why",
    files: CODE,
    pattern:
      /biome-ignore(?:-all|-start)?(?! *lint\/\S+: *[^\s<]\S* \S)(?!-)|biome-ignore\S* *\S*(?:noExplicitAny|noTsIgnore)|@ts-expect-error\s*$|@ts-(?:ignore|nocheck)/m,
    instead:
      "write the reason after the colon in words; `any` and @ts-ignore cannot be excused: use unknown and narrow",
    broken: [
      "// biome-ignore lint/style/useConst: <explanation>",
      "// biome-ignore lint/style/useConst",
      "// biome-ignore lint/suspicious/noExplicitAny: it is what it is",
      "// @ts-expect-error",
      "// @ts-ignore because",
    ],
    kept: [
      "// biome-ignore lint/style/useConst: assigned by the parser below",
      "// @ts-expect-error: the frozen type must refuse this",
    ],
  },
];

const sources = filesBelow(ROOT).filter(
  ({ path }) => TEXT.has(extname(path)) && path !== OWN_NAME && path !== "package-lock.json",
);

describe.for(RULES)("$promise", (rule) => {
  test("in this repository", () => {
    const found = sources
      .filter(({ path }) => rule.files.has(extname(path)))
      .flatMap((file) => linesWith(file, rule.pattern));
    expect(found, rule.instead).toEqual([]);
  });

  test("and the rule sees what it should", () => {
    expect(rule.broken.filter((line) => !rule.pattern.test(line))).toEqual([]);
    expect(rule.kept.filter((line) => rule.pattern.test(line))).toEqual([]);
  });
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = sources
    .filter(({ path }) => /\.(?:tsx?|mjs)$/.test(path) && !isGenerated(path))
    .map(({ path, text }) => ({ path, lines: text().split("\n").length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX);
  const advice =
    "find the second subject in the file and give it a file named after it; do not cut at a line number";
  expect(long, advice).toEqual([]);
});

test("no file or folder has a name that says nothing", () => {
  const empty = /(?:^|\/|[-.])(?:utils?|helpers?|managers?|misc|common|stuff)(?=[-./])/;
  expect(empty.test("core/utils/crypto.ts") && empty.test("http/request-helper.ts")).toBe(true);
  const found = sources.map(({ path }) => path).filter((path) => empty.test(path));
  expect(found, "name it after what it holds or does, in the outside world's word").toEqual([]);
});

describe("a comment is as narrow as the code", () => {
  // A suppression must stand on one line, and an address cannot be wrapped.
  const isWide = (line: string) =>
    line.length > COLUMNS_MAX &&
    /^\s*(?:\/\/|\/\*|\*)/.test(line) &&
    !/biome-ignore|https?:\/\/\S{60,}/.test(line);

  test("in this repository", () => {
    const wide = sources
      .filter(({ path }) => /\.(?:tsx?|mjs)$/.test(path) && !isGenerated(path))
      .flatMap(({ path, text }) =>
        text()
          .split("\n")
          .flatMap((line, index) => (isWide(line) ? [`${path}:${index + 1}`] : [])),
      );
    expect(wide, `break the comment at ${COLUMNS_MAX} columns`).toEqual([]);
  });

  test("and the rule sees what it should", () => {
    const words = "word ".repeat(25);
    expect([`// ${words}`, `   * ${words}`, `/** ${words}*/`].every(isWide)).toBe(true);
    expect([`const text = "${words}";`, `// biome-ignore lint/a/b: ${words}`, "// short"].some(isWide)).toBe(
      false,
    );
  });
});

/** Turns of phrase that a new contributor would have to decode, and what to write instead. */
const RIDDLES: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, "name the person or the program: the caller, the owner, an attacker"],
  [/\bof ours\b/i, "say whose: the hub's own scopes, a token that the hub signed"],
  [/\bwhat is no(?:ne)?\b|\bwhere there is none\b/i, "name the thing: an unknown secret; or say: if absent"],
  [/\b(?:contract|facts|libraries\.md) ?§/i, "name the RFC, the other system, or a page in docs/"],
  [/\bbeside\b/i, "write with, next to, in addition to, or during"],
  [/\bnobody need\b/i, "say what happens: synchronously, from the cache"],
  [/\b(?:the|its|this) house\b|\bdie of neglect\b/i, "use the field's word: the system, idle expiry"],
];

describe("a comment is in plain English", () => {
  const riddlesIn = (line: string) =>
    /^\s*(?:\/\/|\/\*|\*)/.test(line) ? RIDDLES.filter(([phrase]) => phrase.test(line)) : [];

  test("in this repository", () => {
    const found = sources
      .filter(
        ({ path }) => /\.(?:tsx?|mjs)$/.test(path) && !isGenerated(path) && !path.startsWith("scripts/tidy"),
      )
      .flatMap(({ path, text }) =>
        text()
          .split("\n")
          .flatMap((line, index) => riddlesIn(line).map(([, advice]) => `${path}:${index + 1}: ${advice}`)),
      );
    expect(found).toEqual([]);
  });

  test("and the rule sees what it should", () => {
    expect(riddlesIn(` * Told to ${"who"}ever asks.`)).toHaveLength(1);
    expect(riddlesIn('const advice = "whoever";')).toEqual([]);
  });
});

// knip is told to let exports marked @internal be, so a function that only tests call could hide behind the
// mark.
describe("what is exported for tests alone", () => {
  const lonely = (files: readonly SourceFile[]) =>
    files.flatMap(({ path, text }) =>
      [...text().matchAll(/@internal\b[\s\S]*?export (?:async )?(?:const|function|class) (\w+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => (text().match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length < 2)
        .map((name) => `${path}: ${name}`),
    );

  test("serves the file it stands in as well", () => {
    const shipped = sources.filter(({ path }) => /^packages\/.*\.tsx?$/.test(path) && !/\.test\./.test(path));
    expect(lonely(shipped), "move it into the test that needs it").toEqual([]);
  });

  test("and is seen when it does not", () => {
    const file = {
      path: "a.ts",
      text: () => "/** @internal exported for tests */\nexport function lost() {}\n",
    };
    expect(lonely([file])).toEqual(["a.ts: lost"]);
  });
});

function linesWith({ path, text }: SourceFile, pattern: RegExp): string[] {
  return text()
    .split("\n")
    .flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
    );
}

function isGenerated(path: string): boolean {
  return /\.generated\.tsx?$/.test(path);
}
