// Holds the arrows between folders (ARCHITECTURE.md). Biome sees the specifier as it is written and guards
// most of them, while you type; the two it cannot express, because they depend on the file that is reached,
// are checked here. A guard that went blind would look just like a clean tree, so each arrow is also broken
// once on purpose.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  circlesOf,
  folderGraph,
  importGraph,
  isShipped,
  mutualPairsOf,
  reachesSibling,
  reachesTesting,
  specifiersOf,
} from "./imports.ts";
import { filesBelow } from "./source-files.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVER = "packages/server/src";

/** File, what it imports, and words of the message that must answer. */
const FORBIDDEN: readonly (readonly [file: string, specifier: string, message: string])[] = [
  [`${SERVER}/core/credential/a.ts`, "node:fs", "core/ imports itself, node:crypto"],
  [`${SERVER}/core/credential/b.ts`, "fastify", "core/ imports itself, node:crypto"],
  [`${SERVER}/core/credential/c.ts`, "../../http/pipeline.ts", "core/ knows no HTTP"],
  [`${SERVER}/core/d.ts`, "../storage/sql/open.ts", "core/ knows no HTTP"],
  [`${SERVER}/core/e.ts`, "../dialects/quay/wire.ts", "core/ knows no HTTP"],
  [`${SERVER}/core/f.ts`, "../config/options.ts", "core/ knows no HTTP"],
  [`${SERVER}/core/g.test.ts`, "../storage/sqlite/open.ts", "core/ knows no HTTP"],
  [`${SERVER}/core/h.ts`, "../system/clock.ts", "core/ knows no HTTP"],
  [`${SERVER}/http/a.ts`, "../dialects/quay/index.ts", "http/ names no dialect"],
  [`${SERVER}/http/b.ts`, "../storage/sql/open.ts", "only through the hub in core/"],
  [`${SERVER}/http/c.ts`, "../config/options.ts", "only through the hub in core/"],
  [`${SERVER}/dialects/galaxy/a.ts`, "../../storage/sql/open.ts", "never a store"],
  [`${SERVER}/dialects/galaxy/b.ts`, "../../config/options.ts", "main.ts reads the configuration"],
  [`${SERVER}/storage/a.ts`, "../http/app.ts", "storage/ implements the ports"],
  [`${SERVER}/storage/sql/a.ts`, "../../dialects/quay/wire.ts", "storage/ implements the ports"],
  [`${SERVER}/storage/sql/b.ts`, "../sqlite/open.ts", "what both databases share"],
  [`${SERVER}/storage/sqlite/a.ts`, "../postgres/pool.ts", "share only storage/sql/"],
  [`${SERVER}/storage/sqlite/b.ts`, "../../config/options.ts", "storage/ implements the ports"],
  [`${SERVER}/storage/postgres/a.ts`, "../sqlite/open.ts", "share only storage/sql/"],
  [`${SERVER}/storage/postgres/b.ts`, "../../http/app.ts", "storage/ implements the ports"],
  [`${SERVER}/system/a.ts`, "../storage/sql/open.ts", "system/ is the clock"],
  [`${SERVER}/notify/mail/a.ts`, "../../http/app.ts", "notify/ implements the ports"],
  [`${SERVER}/notify/mail/b.ts`, "../../storage/sql/open.ts", "notify/ implements the ports"],
  [`${SERVER}/outbound/a.ts`, "../core/hub.ts", "outbound/ is the guarded way"],
  [`${SERVER}/config/a.ts`, "../core/errors.ts", "config/ reads options"],
  [`${SERVER}/config/b.ts`, "../storage/sql/open.ts", "config/ reads options"],
  ["packages/sdk/src/a.ts", "undici", "The SDK has no dependencies"],
  ["packages/sdk/src/b.ts", "../../server/src/core/errors.ts", "The SDK has no dependencies"],
  ["packages/sdk/src/c.ts", "node:crypto", "The SDK has no dependencies"],
  ["packages/sdk/src/d.ts", "./verifier/verifier.ts", "The client runs in browsers"],
  ["packages/sdk/src/e.ts", "./middleware/node.ts", "The client runs in browsers"],
  ["packages/sdk/src/verifier/a.ts", "node:http", "The verifier has no dependencies"],
  ["packages/sdk/src/verifier/b.ts", "hono", "The verifier has no dependencies"],
  ["packages/sdk/src/verifier/c.ts", "../middleware/admit.ts", "knows no framework"],
  [
    "packages/sdk/src/verifier/d.ts",
    "../../../server/src/core/errors.ts",
    "The verifier has no dependencies",
  ],
  ["packages/sdk/src/middleware/a.ts", "koa", "takes the types of its framework"],
  ["packages/sdk/src/middleware/b.ts", "node:crypto", "takes the types of its framework"],
  ["packages/cli/src/a.ts", "../../server/src/core/errors.ts", "only through @mintmark/sdk"],
  ["packages/console/src/a.ts", "@mintmark/server", "only through @mintmark/sdk"],
  ["packages/console/src/features/b.tsx", "../../../server/src/core/errors.ts", "only through @mintmark/sdk"],
];

const ALLOWED: readonly (readonly [file: string, specifier: string])[] = [
  [`${SERVER}/main.ts`, "./storage/sqlite/open.ts"],
  [`${SERVER}/core/credential/issue.ts`, "node:crypto"],
  [`${SERVER}/core/secret/format.ts`, "node:zlib"],
  [`${SERVER}/core/credential/verify.ts`, "../secret/format.ts"],
  [`${SERVER}/core/credential/verify.test.ts`, "fast-check"],
  [`${SERVER}/core/credential/rotate.test.ts`, "../../testing/harness.ts"],
  [`${SERVER}/http/app.ts`, "fastify"],
  [`${SERVER}/http/pipeline.ts`, "../core/hub.ts"],
  [`${SERVER}/dialects/galaxy/index.ts`, "../../http/dialect.ts"],
  [`${SERVER}/dialects/galaxy/wire.ts`, "../../core/errors.ts"],
  [`${SERVER}/storage/sql/queries.ts`, "../../core/store.ts"],
  [`${SERVER}/storage/sqlite/open.ts`, "../sql/queries.ts"],
  [`${SERVER}/notify/webhook/c.ts`, "../../outbound/http-client.ts"],
  [`${SERVER}/notify/webhook/d.ts`, "../../core/webhook/ports.ts"],
  [`${SERVER}/config/load.ts`, "./options.ts"],
  [`${SERVER}/config/values.ts`, "../core/duration.ts"],
  [`${SERVER}/config/secrets.ts`, "../core/secret/secret.ts"],
  [`${SERVER}/testing/harness.ts`, "../storage/sqlite/open.ts"],
  ["packages/sdk/src/client.ts", "./types.ts"],
  ["packages/sdk/src/verifier/jwt.ts", "node:crypto"],
  ["packages/sdk/src/verifier/hub-calls.ts", "../send.ts"],
  ["packages/sdk/src/verifier/scope.property.test.ts", "../../../server/src/core/authority/scope.ts"],
  ["packages/sdk/src/middleware/express.ts", "express"],
  ["packages/sdk/src/middleware/admit.ts", "../verifier/verifier.ts"],
  ["packages/cli/src/commands/a.ts", "@mintmark/sdk"],
  ["packages/console/src/app.tsx", "@mintmark/sdk"],
];

const trees: string[] = [];
afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});

describe("Biome's guard", () => {
  const found = new Map<string, string[]>();

  beforeAll(() => {
    const tree = treeOf([...FORBIDDEN, ...ALLOWED]);
    cpSync(join(ROOT, "biome.json"), join(tree, "biome.json"));
    for (const { path, message } of lint(tree)) found.set(path, [...(found.get(path) ?? []), message]);
  });

  test.for(FORBIDDEN)("%s may not import %s", ([file, , message]) => {
    expect(found.get(file)).toEqual([expect.stringContaining(message)]);
  });

  test.for(ALLOWED)("%s may import %s", ([file]) => {
    expect(found.get(file)).toBeUndefined();
  });
});

describe("the guard for what Biome cannot express", () => {
  test("no dialect imports a sibling: what two share belongs in http/ or core/", () => {
    expect(importsWhere(ROOT, reachesSibling)).toEqual([]);
  });

  test("nothing that ships imports testing/, which stays behind", () => {
    expect(importsWhere(ROOT, reachesTesting)).toEqual([]);
  });

  test("a sibling is caught by whatever spelling", () => {
    const tree = treeOf([
      [`${SERVER}/dialects/galaxy/index.ts`, "../quay/wire.ts"],
      [`${SERVER}/dialects/galaxy/v3/index.ts`, "../../../dialects/quay/wire.ts"],
      [`${SERVER}/dialects/galaxy/v3/own.ts`, "../wire.ts"],
      [`${SERVER}/dialects/galaxy/v3/core.ts`, "../../../core/errors.ts"],
      [`${SERVER}/main.ts`, "./dialects/quay/index.ts"],
    ]);
    expect(importsWhere(tree, reachesSibling)).toEqual([
      "dialects/galaxy/index.ts imports ../quay/wire.ts",
      "dialects/galaxy/v3/index.ts imports ../../../dialects/quay/wire.ts",
    ]);
  });

  test("testing/ is caught in what ships and left alone in tests", () => {
    const tree = treeOf([
      [`${SERVER}/core/hub.ts`, "../testing/clock.ts"],
      [`${SERVER}/core/hub.test.ts`, "../testing/clock.ts"],
      [`${SERVER}/storage/contract.ts`, "../testing/clock.ts"],
      [`${SERVER}/testing/harness.ts`, "./clock.ts"],
    ]);
    expect(importsWhere(tree, reachesTesting)).toEqual(["core/hub.ts imports ../testing/clock.ts"]);
  });
});

const PACKAGES = ["packages/server/src", "packages/sdk/src", "packages/cli/src", "packages/console/src"];
/** Folders whose parts stand on floors. The parts of core/ share core/context.ts, so only their files do. */
const FLOORS = [...PACKAGES, `${SERVER}/dialects`, `${SERVER}/http`, `${SERVER}/storage`, `${SERVER}/config`];

// The parts of core/ meet in core/store.ts and core/context.ts, which name a type of nearly each. Apart from
// those files of the ground floor, two rooms that need each other are one room too few or one too many.
const NEED_EACH_OTHER = [
  "account + credential",
  "account + provider",
  "client + credential",
  "credential + service",
];

test("no two rooms of core/ import each other, but for the pairs that are known", () => {
  const rooms = folderGraph(graphOf(ROOT, `${SERVER}/core`, (file) => isShipped(file) && file.includes("/")));
  expect(mutualPairsOf(rooms)).toEqual(NEED_EACH_OTHER);
});

// Biome's noImportCycles skips type imports. A circle of types still means that neither file can be read
// first.
describe("no circle, with type imports counted", () => {
  test.for([...PACKAGES, "bench", "e2e", "scripts"])("between the files of %s", (part) => {
    expect(circlesOf(graphOf(ROOT, part))).toEqual([]);
  });

  test.for(FLOORS)("between the folders of %s", (part) => {
    expect(circlesOf(folderGraph(graphOf(ROOT, part, isShipped)))).toEqual([]);
  });

  test("a circle of type imports is seen, between files and between folders", () => {
    const tree = treeOf([
      [`${SERVER}/core/a.ts`, "./secret/b.ts"],
      [`${SERVER}/core/secret/b.ts`, "../c.ts"],
      [`${SERVER}/core/c.ts`, "./a.ts"],
      [`${SERVER}/core/d.ts`, "./a.ts"],
      [`${SERVER}/http/e.ts`, "../system/f.ts"],
      [`${SERVER}/system/f.ts`, "../core/d.ts"],
      [`${SERVER}/system/g.ts`, "../http/e.ts"],
    ]);
    const files = graphOf(tree, SERVER);
    expect(circlesOf(files)).toEqual([["core/a.ts", "core/c.ts", "core/secret/b.ts"]]);
    expect(circlesOf(folderGraph(files))).toEqual([["http", "system"]]);
    expect(
      mutualPairsOf(new Map([...files, ["core/c.ts", ["core/d.ts"]], ["core/d.ts", ["core/c.ts"]]])),
    ).toEqual(["core/c.ts + core/d.ts"]);
  });
});

test("every way to name another file is seen", () => {
  const source = [
    'import { a } from "./a.ts";',
    'import type { b } from "./b.ts";',
    'export * from "./c.ts";',
    'import "./d.ts";',
    'const e = await import("./e.ts");',
    'type F = import("./f.ts").F;',
    'import {\n  g,\n} from "./g.ts";',
  ];
  expect(specifiersOf(source.join("\n"))).toEqual("abcdefg".split("").map((name) => `./${name}.ts`));
});

function importsWhere(tree: string, isWrong: (file: string, specifier: string) => boolean): string[] {
  return filesBelow(join(tree, SERVER))
    .filter((file) => file.path.endsWith(".ts"))
    .flatMap(({ path, text }) =>
      specifiersOf(text())
        .filter((specifier) => isWrong(path, specifier))
        .map((specifier) => `${path} imports ${specifier}`),
    );
}

function graphOf(
  tree: string,
  part: string,
  counts: (file: string) => boolean = () => true,
): ReadonlyMap<string, readonly string[]> {
  const sources = filesBelow(join(tree, part)).filter(({ path }) => /\.tsx?$/.test(path) && counts(path));
  return importGraph(new Map(sources.map(({ path, text }) => [path, text()])));
}

/** A folder laid out like this repository, whose files hold one import each. Gone when the tests are. */
function treeOf(files: readonly (readonly [file: string, specifier: string, ...rest: string[]])[]): string {
  const tree = mkdtempSync(join(tmpdir(), "mintmark-arrows-"));
  trees.push(tree);
  for (const [file, specifier] of files) {
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(
      join(tree, file),
      `import type { Thing } from "${specifier}";\nexport type Mine = Thing;\n`,
    );
  }
  return tree;
}

interface Finding {
  readonly path: string;
  readonly message: string;
}

function lint(tree: string): Finding[] {
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const args = ["lint", "--only=style/noRestrictedImports", "--vcs-enabled=false", "--max-diagnostics=none"];
  let report: string;
  try {
    report = execFileSync(process.execPath, [biome, ...args, "--reporter=json"], {
      cwd: tree,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    // Biome ends with 1 when it finds something, and it must; the report is there all the same.
    report = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: { message: string; location: { path: string } }[];
  };
  return diagnostics.map(({ message, location }) => ({ message, path: location.path }));
}
