import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { quote } from "../../core/collection/manifest.ts";
import type { TarballLimits } from "./limits.ts";
import { linkTarget, parentsOf, pathFault, refusePath } from "./tarball-paths.ts";

type Entry = ReturnType<typeof extract> extends AsyncIterable<infer Source> ? Source : never;

export type ArchiveEntry =
  | { readonly type: "file"; readonly sha256: string }
  | { readonly type: "dir" }
  /** `target` is a path of the archive, the empty one for its root. */
  | { readonly type: "link"; readonly target: string };

export interface Archive {
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /** The contents of the few files that are read, not only hashed. */
  readonly kept: ReadonlyMap<string, Buffer>;
}

/** The archive breaks a rule. The sentence names the file and is for the person who published. */
export class TarballRefusal extends Error {}

/**
 * Reads a .tar.gz from disk in one pass, holding no more than the `keep` files in memory (path to the most bytes it may have). Throws
 * `TarballRefusal` for anything that a client must not unpack: paths and links that leave the archive, hard links, devices, an entry
 * under a link, more bytes or entries than the limits.
 */
export async function readArchive(
  path: string,
  options: {
    readonly packedBytes: number;
    readonly keep: ReadonlyMap<string, number>;
    readonly limits: TarballLimits;
  },
): Promise<Archive> {
  const entries = new Map<string, ArchiveEntry>();
  const kept = new Map<string, Buffer>();
  const tar = extract();
  const source = createReadStream(path);
  const flow = pipeline(source, createGunzip(), new SizeGuard(options.packedBytes, options.limits), tar);
  const reading = (async () => {
    for await (const entry of tar) {
      await readEntry(entry, entries, kept, options);
    }
  })();
  // Both end with the first error of either; the guard's own sentence outranks the abort that it causes further down.
  const ends = await Promise.allSettled([flow, reading]);
  const faults = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (faults.length > 0) {
    throw faults.find((fault) => fault instanceof TarballRefusal) ?? brokenArchive(faults[0]);
  }
  refuseEntriesUnderLinks(entries);
  return { entries, kept };
}

class SizeGuard extends Transform {
  readonly #packedBytes: number;
  readonly #limits: TarballLimits;
  #unpackedBytes = 0;

  constructor(packedBytes: number, limits: TarballLimits) {
    super();
    this.#packedBytes = packedBytes;
    this.#limits = limits;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#unpackedBytes += chunk.length;
    const { unpackedBytesMax, ratioMax, ratioFreeBytes } = this.#limits;
    if (this.#unpackedBytes > unpackedBytesMax) {
      done(new TarballRefusal(`the archive unpacks to more than ${unpackedBytesMax} bytes`));
    } else if (this.#unpackedBytes > ratioFreeBytes && this.#unpackedBytes > this.#packedBytes * ratioMax) {
      done(new TarballRefusal(`the archive unpacks to more than ${ratioMax} times its size`));
    } else {
      done(null, chunk);
    }
  }
}

async function readEntry(
  entry: Entry,
  entries: Map<string, ArchiveEntry>,
  kept: Map<string, Buffer>,
  options: { readonly keep: ReadonlyMap<string, number>; readonly limits: TarballLimits },
): Promise<void> {
  const { header } = entry;
  const path = header.type === "directory" ? header.name.replace(/\/$/, "") : header.name;
  const fault = pathFault(path, options.limits.pathBytesMax);
  if (fault !== null) {
    throw new TarballRefusal(refusePath(path, fault));
  }
  if (entries.has(path)) {
    throw new TarballRefusal(refusePath(path, "is in the archive twice"));
  }
  if (entries.size >= options.limits.entriesMax) {
    throw new TarballRefusal(`the archive has more than ${options.limits.entriesMax} entries`);
  }
  switch (header.type) {
    case "directory":
      entries.set(path, { type: "dir" });
      break;
    case "file":
    case "contiguous-file":
      entries.set(path, { type: "file", sha256: await hashEntry(entry, path, kept, options.keep.get(path)) });
      return;
    case "symlink":
      entries.set(path, { type: "link", target: targetOf(path, header.linkname ?? "") });
      break;
    default:
      throw new TarballRefusal(
        refusePath(
          path,
          `is a ${header.type === "link" ? "hard link" : (header.type ?? "thing of unknown type")}`,
        ),
      );
  }
  entry.resume();
}

async function hashEntry(
  entry: Entry,
  path: string,
  kept: Map<string, Buffer>,
  keepBytesMax: number | undefined,
): Promise<string> {
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  if (keepBytesMax !== undefined && (entry.header.size ?? 0) > keepBytesMax) {
    throw new TarballRefusal(refusePath(path, `has more than ${keepBytesMax} bytes`));
  }
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (keepBytesMax !== undefined) {
      chunks.push(chunk);
    }
  }
  if (keepBytesMax !== undefined) {
    kept.set(path, Buffer.concat(chunks));
  }
  return hash.digest("hex");
}

function targetOf(path: string, linkname: string): string {
  const target = linkTarget(path, linkname);
  if (target === null) {
    throw new TarballRefusal(
      refusePath(path, `is a link that leads out of the collection, to ${quote(linkname)}`),
    );
  }
  return target;
}

// Unpacking `a -> b` and then `a/file` writes through the link. No builder does that, so nothing may lie under a link or a file.
function refuseEntriesUnderLinks(entries: ReadonlyMap<string, ArchiveEntry>): void {
  for (const path of entries.keys()) {
    for (const parent of parentsOf(path)) {
      const above = entries.get(parent);
      if (above && above.type !== "dir") {
        throw new TarballRefusal(refusePath(path, `lies under ${quote(parent)}, which is not a directory`));
      }
    }
  }
}

// zlib's and tar-stream's messages are technical, hold no paths of this machine, and tell the publisher nothing that one sentence does not.
function brokenArchive(fault: unknown): unknown {
  const code = (fault as { code?: unknown }).code;
  const ofDisk = typeof code === "string" && /^E[A-Z]+$/.test(code);
  return ofDisk ? fault : new TarballRefusal("the file is not a whole gzip-compressed tar archive");
}
