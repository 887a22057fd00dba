import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TarEntry, TarWalk } from "../packages/server/src/storage/artifacts/tar-walk.ts";
import { TarballRefusal } from "../packages/server/src/storage/artifacts/tarball-refusal.ts";
import { requireProgram } from "./programs.ts";

/**
 * What the hub inspects is what ansible-galaxy installs only if both see the same entries in an archive.
 * ansible-galaxy reads with Python's tarfile, so each archive that the hub accepts is read by both and
 * compared.
 */
const python = requireProgram("python3");
const script = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.py`, import.meta.url));

/** Type, name, target of a link, and SHA-256 of the contents. */
type Seen = readonly [type: string, name: string, linkName: string, sha256: string];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mintmark-tar-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the hub sees, or null for an archive that it refuses. */
function readByHub(archive: Buffer): readonly Seen[] | null {
  const seen: Seen[] = [];
  let entry: TarEntry | null = null;
  let hash = createHash("sha256");
  const walk = new TarWalk({
    enter: (next) => {
      entry = next;
      hash = createHash("sha256");
    },
    data: (chunk) => {
      hash.update(chunk);
    },
    leave: () => {
      const { type, path, linkName } = entry as TarEntry;
      seen.push([type, type === "dir" ? path.replace(/\/$/, "") : path, linkName, hash.digest("hex")]);
    },
  });
  try {
    // In odd pieces, as they come from a disk.
    for (let at = 0; at < archive.length; at += 700) {
      walk.write(archive.subarray(at, at + 700));
    }
    walk.end();
    return seen;
  } catch (error) {
    if (error instanceof TarballRefusal) {
      return null;
    }
    throw error;
  }
}

/** What Python's tarfile sees in each archive. */
function readByPython(archives: readonly Buffer[]): readonly (readonly Seen[] | { refused: string })[] {
  const paths = archives.map((archive, at) => {
    const path = join(folder, `${at}.tar`);
    writeFileSync(path, archive);
    return path;
  });
  const output = execFileSync(python as string, [script("read-with-tarfile")], {
    input: paths.join("\n"),
    maxBuffer: 64 * 1024 * 1024,
  });
  return output
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as readonly Seen[] | { refused: string });
}

interface Fields {
  readonly name?: string;
  readonly type?: string;
  readonly magic?: string;
  readonly prefix?: string;
  readonly linkName?: string;
  readonly size?: string;
  readonly mode?: string;
  readonly checksumOff?: number;
}

const POSIX = "ustar\u000000";

/** A header as it is told, with a checksum that is right unless told otherwise. */
function header(fields: Fields): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string, at: number, bytes: number) => block.write(text.slice(0, bytes), at, "latin1");
  put(fields.name ?? "file", 0, 100);
  put(fields.mode ?? "0000644\0", 100, 8);
  put("0000000\0", 108, 8);
  put("0000000\0", 116, 8);
  put(fields.size ?? "00000000000\0", 124, 12);
  put("00000000000\0", 136, 12);
  put("        ", 148, 8);
  put(fields.type ?? "0", 156, 1);
  put(fields.linkName ?? "", 157, 100);
  put(fields.magic ?? POSIX, 257, 8);
  put(fields.prefix ?? "", 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0) + (fields.checksumOff ?? 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return block;
}

function contents(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const octal = (bytes: number) => `${bytes.toString(8).padStart(11, "0")}\0`;
const entry = (fields: Fields, data: string | Buffer = "") =>
  Buffer.concat([header({ size: octal(Buffer.byteLength(data)), ...fields }), contents(data)]);
const record = (keyword: string, value: string) => {
  const rest = ` ${keyword}=${value}\n`;
  const length = [1, 2, 3]
    .map((digits) => Buffer.byteLength(rest) + digits)
    .find((total, at) => String(total).length === at + 1);
  return `${length}${rest}`;
};
const END = Buffer.alloc(1024);

describe("archives as builders write them", () => {
  test("are read alike: pax with the times of ansible-galaxy, GNU with long names, ustar with a prefix", () => {
    execFileSync(python as string, [script("write-with-tarfile"), folder]);
    for (const format of ["pax", "gnu", "ustar"]) {
      const archive = readFileSync(join(folder, `${format}.tar`));
      const seen = readByHub(archive);

      expect(seen, format).toHaveLength(6);
      expect(readByPython([archive])[0], format).toEqual(seen);
    }
  });
});

describe("archives with two faces are refused", () => {
  const evil = entry({ name: "evil.py" }, "evil");
  const pax = (...records: string[]) => entry({ name: "x", type: "x" }, records.join(""));
  const long = (name: string) => entry({ name: "././@LongLink", type: "L", magic: "ustar  \0" }, name);

  test.each<readonly [what: string, archive: readonly Buffer[]]>([
    ["a global header", [entry({ name: "g", type: "g" }, record("path", "MANIFEST.json")), entry({}, "a")]],
    ["a sparse name", [pax(record("GNU.sparse.name", "MANIFEST.json")), entry({}, "a")]],
    ["a link with contents", [entry({ type: "2", linkName: "a" }, evil), entry({ name: "b" }, "b")]],
    ["a directory with contents", [entry({ type: "5", name: "d/" }, evil)]],
    ["a long name before a pax header", [long("a\0"), pax(record("path", "b")), entry({}, "a")]],
    ["a pax header before a long name", [pax(record("path", "b")), long("a\0"), entry({}, "a")]],
    ["two pax headers", [pax(record("path", "a")), pax(record("mtime", "1")), entry({}, "a")]],
    ["two long names", [long("a\0"), long("b\0"), entry({}, "a")]],
    ["a header of type N", [entry({ name: "n", type: "N" }, "a\0"), entry({}, "a")]],
    ["a pax size with a fraction", [pax(record("size", "4.0")), entry({}, "a")]],
    ["a pax size", [pax(record("size", "1")), entry({}, "a")]],
    ["a size that begins with NUL", [entry({ size: "\u00000000000001\0" }, evil)]],
    ["a size in base 256", [entry({ size: "\u0080\0\0\0\0\0\0\0\0\0\0\u0001" }, "a")]],
    ["a pax record with a plus", [pax("+12 path=abc\n"), entry({}, "a")]],
    ["a pax record twice", [pax(record("path", "a"), record("path", "b")), entry({}, "a")]],
    ["a pax path with NUL", [pax(record("path", "a\0b")), entry({}, "a")]],
    ["a long name with something behind its NUL", [long("a\0b\0"), entry({}, "a")]],
    ["a prefix in a GNU header", [entry({ magic: "ustar  \0", prefix: "p" }, "a")]],
    ["a header without magic", [entry({ magic: "" }, "a")]],
    ["a mode that is no number", [entry({}, "a"), entry({ name: "b", mode: "x" }, "b")]],
    ["an entry behind an empty block", [entry({}, "a"), Buffer.alloc(512), evil]],
    ["a file that is named like a folder", [entry({ type: "\0", name: "a/" }), entry({ name: "b" }, "b")]],
    ["a name with something behind its NUL", [entry({ name: "a\0b" }, "a")]],
    ["a wrong checksum", [entry({ checksumOff: 1 }, "a")]],
    ["a pax header and no entry", [entry({}, "a"), pax(record("path", "b"))]],
  ])("%s", (_what, blocks) => {
    expect(readByHub(Buffer.concat([...blocks, END]))).toBeNull();
  });

  test("one that ends early", () => {
    expect(readByHub(Buffer.concat([entry({}, "a"), Buffer.alloc(512)]))).toBeNull();
    expect(readByHub(entry({}, "a"))).toBeNull();
    expect(readByHub(Buffer.concat([entry({}, "a"), END, Buffer.from("x")]))).toBeNull();
  });
});

test("whatever archive the hub accepts, Python sees the same in it", () => {
  const name = fc.constantFrom("a", "b/c", "d/", "é", "x".repeat(100), "a\0b", "MANIFEST.json", "");
  const value = fc.constantFrom("a", "b/c/", "1", "1.5", "-1", "4.0", "+3", "é", "a\0b", "", "x".repeat(300));
  const keyword = fc.constantFrom(
    "path",
    "linkpath",
    "size",
    "mtime",
    "uid",
    "GNU.sparse.name",
    "GNU.sparse.size",
    "hdrcharset",
    "comment",
    "uname",
  );
  const fields: fc.Arbitrary<Fields> = fc.record(
    {
      name,
      type: fc.constantFrom("0", "0", "0", "\0", "1", "2", "5", "7", "g", "x", "L", "K", "S", "N", "3"),
      magic: fc.constantFrom(POSIX, POSIX, POSIX, "ustar  \0", "ustar\u000001", ""),
      prefix: fc.constantFrom("", "", "", "p", "p/q"),
      linkName: fc.constantFrom("", "a", "../b"),
      mode: fc.constantFrom("0000644\0", "0000644\0", "644", "0o644", "x", "\0\0\0\0\0\0\0\0", " 644 \0"),
    },
    { requiredKeys: ["type"] },
  );
  const paxBody = fc
    .array(fc.tuple(keyword, value), { minLength: 1, maxLength: 3 })
    .map((records) => records.map(([word, text]) => record(word, text)).join(""));
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fields, fc.constantFrom("", "data", "x".repeat(600)))
        .map(([f, data]) => entry(f, data)),
    },
    { weight: 3, arbitrary: paxBody.map((body) => entry({ name: "pax", type: "x" }, body)) },
    {
      weight: 2,
      arbitrary: name.map((text) => entry({ name: "long", type: "L", magic: "ustar  \0" }, `${text}\0`)),
    },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(512)) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          "0000000010\0",
          "\u00000000000001\0",
          "1_0",
          "+7",
          "\u0080\0\0\0\0\0\0\0\0\0\0\u0001",
          "",
        )
        .map((size) => entry({ size }, "x".repeat(8))),
    },
  );
  // Plain archives, and plain ones with one odd piece in the middle: most of what is odd throughout is
  // refused by both.
  const plain = fc.constantFrom("one", "two/three", "four").map((text) => entry({ name: text }, text));
  const archive = fc
    .tuple(
      fc.array(plain, { maxLength: 2 }),
      fc.array(piece, { maxLength: 3 }),
      fc.array(plain, { maxLength: 2 }),
    )
    .map((parts) => Buffer.concat([...parts.flat(), END]));
  const archives = fc.sample(archive, { numRuns: 3_000, seed: 20_261_127 });
  const accepted = archives
    .map((bytes) => ({ bytes, seen: readByHub(bytes) }))
    .filter(({ seen }) => seen !== null && seen.length > 0);

  const byPython = readByPython(accepted.map(({ bytes }) => bytes));

  expect(accepted.length).toBeGreaterThan(300);
  accepted.forEach(({ seen }, at) => {
    expect(byPython[at]).toEqual(seen);
  });
});
