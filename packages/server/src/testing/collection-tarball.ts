import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** A file of a collection built in a test: path to contents. A path that ends in `/` is a directory. */
export type CollectionFiles = Readonly<Record<string, string | Buffer>>;

type TarHeader = Parameters<ReturnType<typeof pack>["entry"]>[0];

export interface CollectionRecipe {
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly files?: CollectionFiles;
  /** Listed in FILES.json as they are, next to the files. */
  readonly listed?: readonly Readonly<Record<string, unknown>>[];
  /** Packed behind the files without being listed. */
  readonly extra?: readonly (readonly [TarHeader, (string | Buffer)?])[];
  /** Changes the parsed MANIFEST.json or FILES.json, or replaces its bytes, before it is packed. */
  readonly manifest?: (manifest: Record<string, unknown>) => unknown;
  readonly fileList?: (list: Record<string, unknown>) => unknown;
  /** FILES.json and MANIFEST.json are packed unless named here. */
  readonly without?: readonly string[];
}

export function sha256Hex(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A collection tarball as `ansible-galaxy collection build` packs it, with whatever the recipe spoils. */
export async function buildCollection(
  recipe: CollectionRecipe = {},
): Promise<{ readonly filename: string; readonly bytes: Buffer }> {
  const { namespace = "acme", name = "tools", version = "1.0.0" } = recipe;
  const files: CollectionFiles = recipe.files ?? {
    "README.md": "# Tools\n",
    "meta/": "",
    "meta/runtime.yml": "requires_ansible: '>=2.9.10'\n",
  };
  const list = {
    files: [
      { name: ".", ftype: "dir", chksum_type: null, chksum_sha256: null, format: 1 },
      ...Object.entries(files).map(listEntry),
      ...(recipe.listed ?? []),
    ],
    format: 1,
  };
  const filesJson = toBytes(recipe.fileList ? recipe.fileList(list) : list);
  const manifest = {
    collection_info: {
      namespace,
      name,
      version,
      authors: ["Ada <ada@example.com>"],
      readme: "README.md",
      tags: ["tools"],
      description: "Tools of Acme",
      license: ["Apache-2.0"],
      license_file: null,
      dependencies: recipe.dependencies ?? {},
      repository: "https://example.com/repository",
      documentation: null,
      homepage: null,
      issues: null,
    },
    file_manifest_file: {
      name: "FILES.json",
      ftype: "file",
      chksum_type: "sha256",
      chksum_sha256: sha256Hex(filesJson),
      format: 1,
    },
    format: 1,
  };
  const manifestJson = toBytes(recipe.manifest ? recipe.manifest(manifest) : manifest);
  const entries: (readonly [TarHeader, (string | Buffer)?])[] = [
    [{ name: "MANIFEST.json" }, manifestJson],
    [{ name: "FILES.json" }, filesJson],
    ...Object.entries(files).map(
      ([path, content]) =>
        [path.endsWith("/") ? { name: path, type: "directory" as const } : { name: path }, content] as const,
    ),
    ...(recipe.extra ?? []),
  ];
  const packed = entries.filter(([header]) => !recipe.without?.includes(header.name));
  return { filename: `${namespace}-${name}-${version}.tar.gz`, bytes: gzipSync(await packTar(packed)) };
}

/** Packs entries as they come, however hostile. */
export async function packTar(
  entries: readonly (readonly [TarHeader, (string | Buffer)?])[],
): Promise<Buffer> {
  const tar = pack();
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of tar as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
    }
  })();
  for (const [header, content = ""] of entries) {
    await new Promise<void>((resolve, reject) => {
      // The same recipe makes the same bytes, whatever the time.
      tar.entry({ mtime: new Date(0), ...header }, content, (error) => (error ? reject(error) : resolve()));
    });
  }
  tar.finalize();
  await reading;
  return Buffer.concat(chunks);
}

function listEntry([path, content]: readonly [string, string | Buffer]): Record<string, unknown> {
  return path.endsWith("/")
    ? { name: path.slice(0, -1), ftype: "dir", chksum_type: null, chksum_sha256: null, format: 1 }
    : { name: path, ftype: "file", chksum_type: "sha256", chksum_sha256: sha256Hex(content), format: 1 };
}

function toBytes(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
}
