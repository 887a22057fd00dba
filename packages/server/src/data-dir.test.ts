import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareDataDir, readOrMakeMasterKey } from "./data-dir.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mintmark-data-dir-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

describe("the data directory", () => {
  test("is made for its owner alone", () => {
    const path = join(root, "a", "data");

    expect(prepareDataDir(path)).toBeNull();
    expect(modeOf(path)).toBe(0o700);
  });

  // A server run as root with MINTMARK_DATA_DIR=/var/lib once closed that directory to the whole machine.
  test.each([0o755, 0o750, 0o2770])("keeps its mode %o if it was there before, with a warning", (mode) => {
    const path = join(root, "shared");
    mkdirSync(path);
    chmodSync(path, mode);

    expect(prepareDataDir(path)).toContain(mode.toString(8));
    expect(modeOf(path)).toBe(mode);
  });

  test.each([0o777, 0o1777])("is refused with mode %o, since anybody could exchange its files", (mode) => {
    const path = join(root, "open");
    mkdirSync(path);
    chmodSync(path, mode);

    expect(() => prepareDataDir(path)).toThrow("chmod 700");
    expect(modeOf(path)).toBe(mode);
  });
});

describe("the file of the master key", () => {
  const KEY = Buffer.alloc(32, 7);

  function fileOf(text: string, mode = 0o600): string {
    const path = join(root, "master.key");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return root;
  }

  test("is made once, for its owner alone, and read again", () => {
    const made = readOrMakeMasterKey(root, join(root, "mintmark.sqlite"));

    expect(modeOf(join(root, "master.key"))).toBe(0o600);
    expect(readOrMakeMasterKey(root, join(root, "mintmark.sqlite"))).toEqual(made);
  });

  test.each([0o644, 0o604, 0o666])(
    "is refused with mode %o, since every account could have read it",
    (mode) => {
      const directory = fileOf(`${KEY.toString("base64")}\n`, mode);

      expect(() => readOrMakeMasterKey(directory, "unused")).toThrow("chmod 600");
    },
  );

  test.each([
    ["junk behind the key", `${KEY.toString("base64")}\n!!!!\n`],
    ["junk in front of it", `# the key\n${KEY.toString("base64")}\n`],
    ["a key that is too short", Buffer.alloc(31).toString("base64")],
    ["nothing", ""],
  ])("is refused with %s", (_what, text) => {
    const directory = fileOf(text);

    expect(() => readOrMakeMasterKey(directory, "unused")).toThrow("does not hold a master key");
  });
});
