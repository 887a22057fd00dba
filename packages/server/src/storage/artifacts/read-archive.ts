import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { quote } from "../../core/collection/manifest.ts";
import type { TarballLimits } from "./limits.ts";
import { type TarEntry, type TarVisitor, TarWalk } from "./tar-walk.ts";
import { linkTarget, parentOf, pathFault, refusePath } from "./tarball-paths.ts";
import { TarballRefusal } from "./tarball-refusal.ts";

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

interface ReadingRules {
  /** Path to the most bytes that a file may have whose contents are kept. */
  readonly keep: ReadonlyMap<string, number>;
  readonly limits: TarballLimits;
}

/**
 * Reads a .tar.gz from disk in one pass, holding no more than the `keep` files in memory. Throws
 * `TarballRefusal` for anything that a client must not unpack or might unpack as something else: paths and
 * links that leave the archive, hard links, devices, an entry under a link, more bytes or entries than the
 * limits, and every form but the plainest.
 */
export async function readArchive(
  path: string,
  options: ReadingRules & { readonly packedBytes: number },
): Promise<Archive> {
  const contents = new ArchiveContents(options);
  const walk = new TarWalk(contents);
  const unpacked = new SizeGuard(options.packedBytes, options.limits);
  const flow = pipeline(createReadStream(path), createGunzip(), unpacked);
  const reading = (async () => {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      walk.write(chunk);
    }
    walk.end();
  })();
  // Both end with the first error of either; a refusal outranks the abort that it causes upstream.
  const ends = await Promise.allSettled([flow, reading]);
  const faults = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (faults.length > 0) {
    throw faults.find((fault) => fault instanceof TarballRefusal) ?? brokenArchive(faults[0]);
  }
  refuseEntriesUnderLinks(contents.entries);
  return contents;
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

interface FileInProgress {
  readonly path: string;
  readonly hash: Hash;
  /** Null for a file that is only hashed. */
  readonly chunks: Buffer[] | null;
}

class ArchiveContents implements TarVisitor, Archive {
  readonly entries = new Map<string, ArchiveEntry>();
  readonly kept = new Map<string, Buffer>();
  readonly #rules: ReadingRules;
  #file: FileInProgress | null = null;

  constructor(rules: ReadingRules) {
    this.#rules = rules;
  }

  enter(entry: TarEntry): void {
    const { limits } = this.#rules;
    const path = entry.type === "dir" ? entry.path.replace(/\/$/, "") : entry.path;
    const fault = pathFault(path, limits);
    if (fault !== null) {
      throw new TarballRefusal(refusePath(path, fault));
    }
    if (this.entries.has(path)) {
      throw new TarballRefusal(refusePath(path, "is in the archive twice"));
    }
    if (this.entries.size >= limits.entriesMax) {
      throw new TarballRefusal(`the archive has more than ${limits.entriesMax} entries`);
    }
    switch (entry.type) {
      case "dir":
        this.entries.set(path, { type: "dir" });
        return;
      case "link":
        this.entries.set(path, { type: "link", target: targetOf(path, entry.linkName) });
        return;
      case "file":
        this.#beginFile(path, entry.size);
    }
  }

  data(chunk: Buffer): void {
    this.#file?.hash.update(chunk);
    this.#file?.chunks?.push(Buffer.from(chunk));
  }

  leave(): void {
    if (this.#file === null) {
      return;
    }
    const { path, hash, chunks } = this.#file;
    this.entries.set(path, { type: "file", sha256: hash.digest("hex") });
    if (chunks !== null) {
      this.kept.set(path, Buffer.concat(chunks));
    }
    this.#file = null;
  }

  #beginFile(path: string, size: number): void {
    const keepBytesMax = this.#rules.keep.get(path);
    if (keepBytesMax !== undefined && size > keepBytesMax) {
      throw new TarballRefusal(refusePath(path, `has more than ${keepBytesMax} bytes`));
    }
    this.#file = { path, hash: createHash("sha256"), chunks: keepBytesMax === undefined ? null : [] };
  }
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

/**
 * Unpacking `a -> b` and then `a/file` writes through the link. No builder does that, so nothing may lie
 * under a link or a file. Each folder is looked at once, however many entries lie in it.
 */
function refuseEntriesUnderLinks(entries: ReadonlyMap<string, ArchiveEntry>): void {
  const sound = new Set<string>();
  for (const path of entries.keys()) {
    for (let folder = parentOf(path); folder !== null && !sound.has(folder); folder = parentOf(folder)) {
      const above = entries.get(folder);
      if (above && above.type !== "dir") {
        throw new TarballRefusal(refusePath(path, `lies under ${quote(folder)}, which is not a directory`));
      }
      sound.add(folder);
    }
  }
}

// zlib's messages are technical, hold no paths of this machine, and tell the publisher nothing that one
// sentence does not.
function brokenArchive(fault: unknown): unknown {
  const code = (fault as { code?: unknown }).code;
  const ofDisk = typeof code === "string" && /^E[A-Z]+$/.test(code);
  return ofDisk ? fault : new TarballRefusal("the file is not a whole gzip-compressed tar archive");
}
