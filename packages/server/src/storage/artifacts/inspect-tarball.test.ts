import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inspection } from "../../core/collection/ports.ts";
import {
  buildCollection,
  type CollectionRecipe,
  packTar,
  sha256Hex,
} from "../../testing/collection-tarball.ts";
import { inspectTarball } from "./inspect-tarball.ts";
import { TARBALL_LIMITS, type TarballLimits } from "./limits.ts";

let folder: string;
let serial = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mintmark-tarball-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function inspectBytes(
  bytes: Buffer,
  filename: string,
  limits: TarballLimits = TARBALL_LIMITS,
): Promise<Inspection> {
  serial += 1;
  const path = join(folder, `${serial}.tar.gz`);
  await writeFile(path, bytes);
  return inspectTarball({ path, size: bytes.length, filename }, limits);
}

async function inspect(recipe: CollectionRecipe, limits?: TarballLimits): Promise<Inspection> {
  const { bytes, filename } = await buildCollection(recipe);
  return inspectBytes(bytes, filename, limits);
}

async function refusal(recipe: CollectionRecipe, limits?: TarballLimits): Promise<string> {
  const inspection = await inspect(recipe, limits);
  return inspection.ok ? "accepted" : inspection.message;
}

describe("a sound collection", () => {
  it("is accepted with its identity, dependencies and requires_ansible", async () => {
    const inspection = await inspect({ dependencies: { "acme.base": ">=1.0.0,<2.0.0" } });
    expect(inspection).toMatchObject({
      ok: true,
      manifest: {
        namespace: "acme",
        name: "tools",
        version: "1.0.0",
        dependencies: { "acme.base": ">=1.0.0,<2.0.0" },
      },
      requiresAnsible: ">=2.9.10",
    });
  });

  it("may have links that stay inside, listed as what they lead to", async () => {
    const listed = [
      { name: "docs", ftype: "dir", chksum_type: null, chksum_sha256: null, format: 1 },
      {
        name: "docs/README.md",
        ftype: "file",
        chksum_type: "sha256",
        chksum_sha256: sha256Hex("# Tools\n"),
        format: 1,
      },
      { name: "manual", ftype: "dir", chksum_type: null, chksum_sha256: null, format: 1 },
    ];
    const inspection = await inspect({
      files: { "README.md": "# Tools\n" },
      listed,
      extra: [
        [{ name: "docs/", type: "directory" }],
        [{ name: "docs/README.md", type: "symlink", linkname: "../README.md" }],
        [{ name: "manual", type: "symlink", linkname: "docs" }],
      ],
    });
    expect(inspection).toMatchObject({ ok: true });
  });

  it("may say requires_ansible anywhere in meta/runtime.yml, the last one counting", async () => {
    const runtime =
      "plugin_routing:\n  modules: {old: &a {redirect: new}, older: *a}\nrequires_ansible: '>=2.9'\nrequires_ansible: '>=2.14, <3.0'\n";
    expect(await inspect({ files: { "meta/": "", "meta/runtime.yml": runtime } })).toMatchObject({
      ok: true,
      requiresAnsible: ">=2.14, <3.0",
    });
  });

  it("needs no meta/runtime.yml", async () => {
    expect(await inspect({ files: { "README.md": "x" } })).toMatchObject({ ok: true, requiresAnsible: null });
  });

  it("may have long paths and names beyond ASCII", async () => {
    const path = `roles/${"a-long-name/".repeat(20)}größe.yml`;
    expect(await inspect({ files: { [path]: "x" } })).toMatchObject({ ok: true });
  });
});

describe("the identity of a collection", () => {
  it("must be that of the file name", async () => {
    const { bytes } = await buildCollection({ name: "tools" });
    expect(await inspectBytes(bytes, "acme-other-1.0.0.tar.gz")).toEqual({
      ok: false,
      message:
        "MANIFEST.json: the collection is 'acme-tools-1.0.0.tar.gz', but the file is named 'acme-other-1.0.0.tar.gz'",
    });
  });

  it.each([
    [{ version: "1.0" }, "version '1.0' is not a semantic version"],
    [{ version: "01.0.0" }, "version '01.0.0' is not a semantic version"],
    [{ namespace: "Acme" }, "namespace 'Acme' must be small letters"],
    [{ name: "9tools" }, "name '9tools' must be small letters"],
    [{ name: "import" }, "name 'import' must be small letters"],
    [{ dependencies: { acme: "*" } }, "the dependency 'acme' is not namespace.name"],
    [
      { dependencies: { "acme.base": "git+https://x y" } },
      "the version range of the dependency 'acme.base' cannot be read",
    ],
    [{ dependencies: { "acme.base": 1 } }, "the version range of the dependency 'acme.base' cannot be read"],
  ])("is refused when it is %j", async (recipe, message) => {
    expect(await refusal(recipe)).toContain(message);
  });

  it.each([
    ["not an object", () => [], "MANIFEST.json: the file must be an object"],
    ["not JSON", () => Buffer.from("{"), "MANIFEST.json is not JSON"],
    ["not UTF-8", () => Buffer.from([0x7b, 0xff, 0x7d]), "MANIFEST.json is not UTF-8"],
    ["without collection_info", () => ({ format: 1 }), "MANIFEST.json: collection_info must be an object"],
    [
      "nested without end",
      () => Buffer.from(`{"x":${"[".repeat(50_000)}`),
      "MANIFEST.json is nested too deeply",
    ],
    [
      "more than is read for each result of a search",
      (manifest: Record<string, unknown>) => ({ ...manifest, x: "x".repeat(65_536) }),
      "'MANIFEST.json' has more than 65536 bytes",
    ],
  ])("is refused when MANIFEST.json is %s", async (_case, manifest, message) => {
    expect(await refusal({ manifest })).toBe(message);
  });
});

describe("the contents of a collection", () => {
  it("must have MANIFEST.json and FILES.json", async () => {
    expect(await refusal({ without: ["MANIFEST.json"] })).toBe("MANIFEST.json is missing");
    expect(await refusal({ without: ["FILES.json"] })).toBe(
      "FILES.json is missing or does not have the checksum that MANIFEST.json gives",
    );
  });

  it("must have the checksum of FILES.json that MANIFEST.json gives", async () => {
    const manifest = (sound: Record<string, unknown>) => ({
      ...sound,
      file_manifest_file: { ...(sound.file_manifest_file as object), chksum_sha256: "0".repeat(64) },
    });
    expect(await refusal({ manifest })).toBe(
      "FILES.json is missing or does not have the checksum that MANIFEST.json gives",
    );
  });

  it("must have the checksums that FILES.json gives", async () => {
    const listed = [
      { name: "b", ftype: "file", chksum_type: "sha256", chksum_sha256: sha256Hex("sound"), format: 1 },
    ];
    expect(await refusal({ listed, extra: [[{ name: "b" }, "spoiled"]] })).toBe(
      "'b' does not have the checksum that FILES.json gives",
    );
  });

  it("must hold every listed file, as what it is listed", async () => {
    expect(await refusal({ without: ["README.md"] })).toBe(
      "'README.md' is listed in FILES.json but not in the archive",
    );
    const listed = [{ name: "docs", ftype: "dir", chksum_type: null, chksum_sha256: null, format: 1 }];
    expect(await refusal({ listed, extra: [[{ name: "docs" }, "x"]] })).toBe(
      "'docs' is a dir in FILES.json but not in the archive",
    );
  });

  it("must list every file and link", async () => {
    expect(await refusal({ extra: [[{ name: "plugins/evil.py" }, "x"]] })).toBe(
      "'plugins/evil.py' is in the archive but not listed in FILES.json",
    );
    expect(await refusal({ extra: [[{ name: "l", type: "symlink", linkname: "README.md" }]] })).toBe(
      "'l' is in the archive but not listed in FILES.json",
    );
  });

  it("may list each file once", async () => {
    const fileList = (list: Record<string, unknown>) => ({
      ...list,
      files: [...(list.files as unknown[]), ...(list.files as unknown[])],
    });
    expect(await refusal({ fileList })).toBe("FILES.json: '.' is listed twice");
  });

  it.each([
    ["requires_ansible: 3\n", "meta/runtime.yml: requires_ansible must be a text"],
    ["requires_ansible: 'latest'\n", "meta/runtime.yml: requires_ansible must be version specifiers"],
    ["requires_ansible: [1]\n", "meta/runtime.yml: requires_ansible must be a text"],
    ["requires_ansible: [\n", "meta/runtime.yml is not YAML"],
    ["- requires_ansible\n", "meta/runtime.yml must be a mapping"],
  ])("must have a readable requires_ansible: %j is refused", async (runtime, message) => {
    expect(await refusal({ files: { "meta/": "", "meta/runtime.yml": runtime } })).toContain(message);
  });
});

// What an archive must not do to the machine that unpacks it: zip slip and its relatives.
describe("a hostile archive is refused", () => {
  it.each([
    ["../evil", "has '..' in its path"],
    ["docs/../../evil", "has '..' in its path"],
    ["/etc/cron.d/evil", "has an absolute path"],
    ["C:/evil", "has an absolute path"],
    ["docs//evil", "has an empty or '.' segment in its path"],
    ["./evil", "has an empty or '.' segment in its path"],
    ["docs/evil\nname", "has control characters in its path"],
  ])("for the path %j", async (name, fault) => {
    expect(await refusal({ extra: [[{ name }, "x"]] })).toContain(fault);
  });

  it.each(["/etc/passwd", "../../etc/passwd", "..", "docs/../../x", ""])(
    "for a link to %j",
    async (linkname) => {
      expect(await refusal({ extra: [[{ name: "link", type: "symlink", linkname }]] })).toContain(
        linkname === ""
          ? "is a link that leads out of the collection"
          : `is a link that leads out of the collection, to '${linkname}'`,
      );
    },
  );

  it("for a file under a link, which would be written elsewhere", async () => {
    const extra = [[{ name: "a", type: "symlink", linkname: "meta" }], [{ name: "a/evil" }, "x"]] as const;
    expect(await refusal({ extra })).toBe("'a/evil' lies under 'a', which is not a directory");
  });

  it("for links that lead in a circle", async () => {
    const listed = ["a", "b"].map((name) => ({
      name,
      ftype: "dir",
      chksum_type: null,
      chksum_sha256: null,
      format: 1,
    }));
    const extra = [
      [{ name: "a", type: "symlink", linkname: "b" }],
      [{ name: "b", type: "symlink", linkname: "a" }],
    ] as const;
    expect(await refusal({ listed, extra })).toBe(
      "'a' is a link that leads to itself or through too many others",
    );
  });

  it.each([
    ["link", "hard link"],
    ["character-device", "character-device"],
    ["block-device", "block-device"],
    ["fifo", "fifo"],
  ] as const)("for a %s", async (type, word) => {
    expect(await refusal({ extra: [[{ name: "thing", type, linkname: "README.md" }]] })).toBe(
      `'thing' is a ${word}`,
    );
  });

  it("for a second entry of the same path", async () => {
    expect(await refusal({ extra: [[{ name: "README.md" }, "other"]] })).toBe(
      "'README.md' is in the archive twice",
    );
  });
});

describe("a costly archive is refused", () => {
  it("for unpacking to many times its size", async () => {
    const bomb = Buffer.alloc(40 * 1024 * 1024);
    expect(await refusal({ files: { bomb } })).toBe("the archive unpacks to more than 200 times its size");
  });

  it("for unpacking to more bytes than the limit", async () => {
    expect(
      await refusal(
        { files: { big: Buffer.alloc(20_000) } },
        { ...TARBALL_LIMITS, unpackedBytesMax: 10_000 },
      ),
    ).toBe("the archive unpacks to more than 10000 bytes");
  });

  it("for more entries than the limit", async () => {
    expect(await refusal({}, { ...TARBALL_LIMITS, entriesMax: 3 })).toBe(
      "the archive has more than 3 entries",
    );
  });

  it("for a huge FILES.json, without reading it", async () => {
    const fileList = () => Buffer.alloc(6 * 1024 * 1024, " ");
    expect(await refusal({ fileList })).toBe("'FILES.json' has more than 5242880 bytes");
  });

  // The YAML reader compares each key with all others unless it is told not to: half a minute for this file.
  it("never for long, whatever its meta/runtime.yml", async () => {
    const runtime = `requires_ansible: '>=2.9'\n${Array.from({ length: 20_000 }, (_, at) => `a${at}: 1`).join("\n")}`;
    const begun = performance.now();
    expect(await inspect({ files: { "meta/": "", "meta/runtime.yml": runtime } })).toMatchObject({
      ok: true,
      requiresAnsible: ">=2.9",
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it("for a path longer than the limit", async () => {
    expect(await refusal({ extra: [[{ name: `a/${"x".repeat(1_100)}` }, "x"]] })).toContain(
      "has a path of more than 1024 bytes",
    );
  });
});

describe("a broken file is refused", () => {
  const broken = { ok: false, message: "the file is not a whole gzip-compressed tar archive" };

  it.each([
    ["empty", () => Buffer.alloc(0)],
    ["no gzip", () => Buffer.from("this is no archive")],
    ["gzip of something else", () => gzipSync("x".repeat(2_000))],
  ])("when it is %s", async (_case, bytes) => {
    expect(await inspectBytes(bytes(), "acme-tools-1.0.0.tar.gz")).toMatchObject({ ok: false });
  });

  it("when it is cut off anywhere", async () => {
    const { bytes, filename } = await buildCollection();
    for (let length = 1; length < bytes.length; length += 37) {
      expect(await inspectBytes(bytes.subarray(0, length), filename)).toEqual(broken);
    }
  });

  it("when it is an empty archive", async () => {
    expect(await inspectBytes(gzipSync(await packTar([])), "acme-tools-1.0.0.tar.gz")).toEqual({
      ok: false,
      message: "MANIFEST.json is missing",
    });
  });

  // Guards the promise that "no" is a value: whatever the bytes, publishing answers and the process lives.
  it("however the archive inside is damaged, or is judged like any other", async () => {
    const { bytes: sound, filename } = await buildCollection();
    const tar = (await import("node:zlib")).gunzipSync(sound);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const damaged = Buffer.from(tar);
          for (const [at, value] of changes) {
            damaged[at] = value;
          }
          const inspection = await inspectBytes(gzipSync(damaged, { level: 1 }), filename);
          expect(typeof inspection.ok).toBe("boolean");
        },
      ),
      { numRuns: 300 },
    );
  });
});
