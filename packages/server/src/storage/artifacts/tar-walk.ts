import { EXTENSION_BYTES_MAX, readExtension, type TarExtension } from "./tar-extension.ts";
import { BLOCK_BYTES, odd, readTarHeader, type TarHeader } from "./tar-header.ts";

export interface TarEntry {
  readonly type: "file" | "dir" | "link";
  readonly path: string;
  /** The target of a link as it is written; empty for other entries. */
  readonly linkName: string;
  readonly size: number;
}

/** Is told of each entry, its contents in pieces, and its end. */
export interface TarVisitor {
  enter(entry: TarEntry): void;
  data(chunk: Buffer): void;
  leave(): void;
}

const END_BLOCKS_MIN = 2;

/**
 * Walks through an archive block by block, in one pass and with one block in memory. Throws `TarballRefusal`
 * for an archive that is not of the plainest form; see `tar-header.ts`.
 */
export class TarWalk {
  readonly #visitor: TarVisitor;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #blockBytes = 0;
  /** Bytes of contents that are still to come, then of what fills up their last block. */
  #contentLeft = 0;
  #paddingLeft = 0;
  #extensionType: TarHeader["type"] | null = null;
  #extensionChunks: Buffer[] = [];
  #extension: TarExtension | null = null;
  #endBlocks = 0;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  /** Takes the next bytes of the archive. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#contentLeft > 0) {
        at += this.#takeContent(chunk.subarray(at, at + this.#contentLeft));
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(this.#paddingLeft, chunk.length - at);
        this.#paddingLeft -= skipped;
        at += skipped;
      } else {
        at += this.#takeBlock(chunk.subarray(at, at + BLOCK_BYTES - this.#blockBytes));
      }
    }
  }

  /** The archive is over. */
  end(): void {
    const isWhole = this.#blockBytes === 0 && this.#contentLeft === 0 && this.#paddingLeft === 0;
    if (!isWhole || this.#endBlocks < END_BLOCKS_MIN) {
      throw odd("does not end with two empty blocks");
    }
  }

  #takeContent(piece: Buffer): number {
    this.#contentLeft -= piece.length;
    if (this.#extensionType === null) {
      this.#visitor.data(piece);
    } else {
      this.#extensionChunks.push(Buffer.from(piece));
    }
    if (this.#contentLeft === 0) {
      this.#endContent();
    }
    return piece.length;
  }

  #endContent(): void {
    if (this.#extensionType === null) {
      this.#visitor.leave();
      return;
    }
    this.#extension = readExtension(this.#extensionType, Buffer.concat(this.#extensionChunks));
    this.#extensionType = null;
    this.#extensionChunks = [];
  }

  #takeBlock(piece: Buffer): number {
    piece.copy(this.#block, this.#blockBytes);
    this.#blockBytes += piece.length;
    if (this.#blockBytes === BLOCK_BYTES) {
      this.#blockBytes = 0;
      this.#readBlock(this.#block);
    }
    return piece.length;
  }

  #readBlock(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      if (this.#extension !== null) {
        throw odd("ends behind a header that announces an entry");
      }
      this.#endBlocks += 1;
      return;
    }
    // Python's tarfile stops at the first empty block, other readers at the second or never.
    if (this.#endBlocks > 0) {
      throw odd("goes on behind an empty block");
    }
    const header = readTarHeader(block);
    this.#contentLeft = header.size;
    this.#paddingLeft = (BLOCK_BYTES - (header.size % BLOCK_BYTES)) % BLOCK_BYTES;
    if (header.type === "pax" || header.type === "long_name") {
      this.#beginExtension(header);
      return;
    }
    const { path = header.name, linkPath = header.linkName } = this.#extension ?? {};
    this.#extension = null;
    const type = header.type;
    // tarfile cuts slashes from the end of some names and not of others.
    if (type === "dir" ? path.endsWith("//") : path.endsWith("/")) {
      throw odd("has a name with a slash at its end");
    }
    this.#visitor.enter({ type, path, linkName: type === "link" ? linkPath : "", size: header.size });
    if (header.size === 0) {
      this.#visitor.leave();
    }
  }

  /** Readers differ about which of two extensions counts, so an entry has at most one. */
  #beginExtension({ type, size }: TarHeader): void {
    if (this.#extension !== null) {
      throw odd("has two headers that announce one entry");
    }
    if (size === 0 || size > EXTENSION_BYTES_MAX) {
      throw odd("has an empty or overlong header that announces an entry");
    }
    this.#extensionType = type;
  }
}
