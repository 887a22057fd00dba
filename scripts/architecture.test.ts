// ARCHITECTURE.md is where a newcomer looks for a place. One that it does not name is not found.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVER = join(ROOT, "packages/server/src");
const PAGE = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
/** The page on how to change something names many places, too. */
const GUIDE = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");

describe("ARCHITECTURE.md names", () => {
  test("every folder of the server", () => {
    expect(unnamed(foldersOf(SERVER))).toEqual([]);
  });

  test("every room of the core, and every file of its ground floor", () => {
    const files = readdirSync(join(SERVER, "core")).filter((name) => /(?<!\.test)\.ts$/.test(name));
    const rooms = foldersOf(join(SERVER, "core"));
    expect([...rooms, ...files].filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
  });

  test("every dialect", () => {
    expect(unnamed(foldersOf(join(SERVER, "dialects")))).toEqual([]);
  });
});

test.each([
  ["ARCHITECTURE.md", PAGE],
  ["CONTRIBUTING.md", GUIDE],
])("%s names only files and folders of the server that are there", (_name, page) => {
  const places = [...page.matchAll(/`((?:core|http|storage|config|outbound|notify|dialects)\/[\w./-]+)`/g)];
  const missing = places.map(([, place = ""]) => place).filter((place) => !exists(place));
  expect(missing).toEqual([]);
  expect(places.length).toBeGreaterThan(10);
});

function foldersOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** Those that are not on the page as whole words. */
function unnamed(names: readonly string[]): readonly string[] {
  return names.filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(PAGE));
}

function exists(place: string): boolean {
  try {
    readdirSync(join(SERVER, dirname(place)));
  } catch {
    return false;
  }
  const [last = ""] = place.split("/").slice(-1);
  return last === "" || readdirSync(join(SERVER, dirname(place))).includes(last);
}
