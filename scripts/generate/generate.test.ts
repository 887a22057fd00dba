import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OPTION_KEYS, OPTIONS } from "../../packages/server/src/config/options.ts";
import { HUB_ERROR_CODES, HubError } from "../../packages/server/src/core/errors.ts";
import { readOriginalRows } from "../../packages/server/src/testing/original-rows.ts";
import { staleFiles, writeFiles } from "./checked-in.ts";
import { generate as generateCommand } from "./command.ts";
import { generate as generateErrors } from "./errors.ts";
import { generate as generateLife } from "./life.ts";
import { generate as generateMetrics } from "./metrics.ts";
import { generate as generateDocument } from "./openapi.ts";
import { generate } from "./options.ts";
import { dialectsWithRows, generate as generateOriginals } from "./originals.ts";
import { generate as generatePaths } from "./paths.ts";
import { generate as generateSdk } from "./sdk.ts";
import { writeType } from "./sdk-types.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

test("the page of options says what the registry says", () => {
  expect(staleFiles(ROOT, generate())).toEqual([]);
});

test("the page of the command says what its help says", () => {
  expect(staleFiles(ROOT, generateCommand())).toEqual([]);
});

test("the page names every option and shows its default", () => {
  const page = generate()["docs/reference/options.md"] ?? "";
  for (const { name, defaultWords } of OPTION_KEYS.map((key) => OPTIONS[key])) {
    expect(page).toContain(`\n## ${name}\n`);
    expect(page).toContain(`| [\`${name}\`](#${name.toLowerCase()}) |`);
    expect(page).toContain(`- default: ${defaultWords}\n`);
  }
});

test("the page of errors names every code with its sentence, and no other", () => {
  expect(staleFiles(ROOT, generateErrors())).toEqual([]);
  const page = generateErrors()["docs/reference/errors.md"] ?? "";
  const listed = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (.+) \|$/gm)];
  expect(listed.map(([, code]) => code)).toEqual(HUB_ERROR_CODES);
  expect(listed.map(([, , , sentence]) => sentence)).toEqual(
    HUB_ERROR_CODES.map((code) => new HubError(code).message),
  );
});

test("the page of a credential's life says what each part of the hub answers", () => {
  expect(staleFiles(ROOT, generateLife())).toEqual([]);
  const page = generateLife()["docs/reference/life.md"] ?? "";
  for (const sentence of ["was rotated on", "is frozen since 2026-01-31 (laptop lost)", "expired on"]) {
    expect(page).toContain(sentence);
  }
});

test("the page of metrics says what the registry says, and names those that alarms are made of", async () => {
  const generated = await generateMetrics();
  expect(staleFiles(ROOT, generated)).toEqual([]);
  const page = generated["docs/reference/metrics.md"] ?? "";
  const listed = [...page.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram) \|/gm)].map(
    ([, name]) => name,
  );
  const alarms = page.slice(page.indexOf("Worth an alarm"), page.indexOf("## Of the runtime"));
  const named = [...alarms.matchAll(/(?:mintmark|nodejs)_\w+?(?=_count\b|\W)/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !listed.includes(name))).toEqual([]);
});

test("the paths that no option may take are those of the dialects, the console and the server itself", async () => {
  const generated = await generatePaths();
  expect(staleFiles(ROOT, generated)).toEqual([]);
  const [sections = "", taken = ""] = Object.values(generated);
  expect(sections).toContain('"overview"');
  for (const path of ["/metrics", "/overview", "/console-assets", "/device", "/identity", "/api/v1"]) {
    expect(taken).toContain(`  "${path}"`);
  }
  expect(taken).not.toMatch(/"\/api\/galaxy"|"\/"|"\/api"/);
});

describe("the requests of the originals' clients", () => {
  test("stand in the README of each dialect as in the rows that its test reads", () => {
    expect(dialectsWithRows()).toEqual(expect.arrayContaining(["galaxy", "ibm-zen", "keycloak", "quay"]));
    expect(staleFiles(ROOT, generateOriginals())).toEqual([]);
  });

  test.each(dialectsWithRows())("that %s answers otherwise say why", (dialect) => {
    const silent = readOriginalRows(dialect).filter(
      ({ here, because = "" }) => (here === undefined) !== (because === ""),
    );
    expect(silent).toEqual([]);
  });
});

describe("generated files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "mintmark-generate-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  test("one that is missing or was edited by hand is named", () => {
    const files = { "docs/a.md": "a\n", "docs/b.md": "b\n" };
    expect(staleFiles(root, files)).toEqual(["docs/a.md", "docs/b.md"]);
    writeFiles(root, files);
    expect(staleFiles(root, files)).toEqual([]);
    writeFileSync(join(root, "docs/b.md"), "edited\n");
    expect(staleFiles(root, files)).toEqual(["docs/b.md"]);
  });

  test("writing makes them what the source says", () => {
    writeFiles(root, { "docs/deep/a.md": "a\n" });
    expect(readFileSync(join(root, "docs/deep/a.md"), "utf8")).toBe("a\n");
  });
});

test("the description of the API and the SDK's types are those of the routes", () => {
  expect(staleFiles(ROOT, { ...generateDocument(), ...generateSdk() })).toEqual([]);
});

test("a schema that the generator does not know stops it rather than becoming a loose type", () => {
  expect(writeType({ anyOf: [{ type: "string" }, { type: "null" }] })).toBe("string | null");
  expect(() => writeType({ allOf: [] } as never)).toThrow(/no TypeScript/);
});
