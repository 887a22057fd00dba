import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type {
  ArtifactStore,
  ByteRange,
  Bytes,
  Inspection,
  StagedArtifact,
} from "../../core/collection/ports.ts";
import { HubError } from "../../core/errors.ts";
import { Inspections } from "./inspections.ts";

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;
const SHA256 = /^[0-9a-f]{64}$/;
const SUFFIX = ".tar.gz";

/**
 * Collection tarballs in a folder of the data directory, under the hash of their bytes. The order of a
 * publication is: temporary file, fsync, rename, fsync of the folder, and only then the row that names it. A
 * kill between any two leaves the whole version or none, and at most a file that no row names, which `sweep`
 * takes away.
 */
export class DiskArtifactStore implements ArtifactStore {
  readonly #root: string;
  readonly #staging: string;
  readonly #inspections = new Inspections();

  private constructor(root: string) {
    this.#root = root;
    this.#staging = join(root, "tmp");
  }

  static async open(dataDirectory: string): Promise<DiskArtifactStore> {
    const store = new DiskArtifactStore(join(dataDirectory, "artifacts"));
    await mkdir(store.#staging, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    return store;
  }

  async receive(
    bytes: AsyncIterable<Uint8Array>,
    limits: { readonly bytesMax: number },
  ): Promise<StagedArtifact> {
    const path = join(this.#staging, `${randomUUID()}.part`);
    const file = await open(path, "wx", OWNER_ONLY_FILE);
    const hash = createHash("sha256");
    let size = 0;
    try {
      for await (const chunk of bytes) {
        size += chunk.length;
        if (size > limits.bytesMax) {
          throw new HubError("body_too_large");
        }
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await file.close();
    return { path, sha256: hash.digest("hex"), size };
  }

  inspect(staged: StagedArtifact, filename: string): Promise<Inspection> {
    return this.#inspections.inspect({ path: staged.path, size: staged.size, filename });
  }

  async publish(staged: StagedArtifact): Promise<void> {
    await syncPath(staged.path);
    const folder = this.#folderOf(staged.sha256);
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await rename(staged.path, this.#pathOf(staged.sha256));
    await syncPath(folder);
    await syncPath(this.#root);
  }

  async discard(staged: StagedArtifact): Promise<void> {
    await rm(staged.path, { force: true });
  }

  async open(sha256: string, range?: ByteRange): Promise<Bytes | null> {
    if (!SHA256.test(sha256)) {
      return null;
    }
    try {
      const file = await open(this.#pathOf(sha256), "r");
      const { size } = await file.stat();
      return { stream: file.createReadStream(range), size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return null;
      }
      throw error;
    }
  }

  /**
   * Removes staged files older than `olderThanMs` and, where `isNamed` is given, published ones that no row
   * names. Orphans may only be looked for before the first request and where no other node shares the folder:
   * later, a file may be a moment ahead of its row.
   */
  async sweep(options: {
    readonly now: number;
    readonly olderThanMs: number;
    readonly isNamed?: (sha256: string) => Promise<boolean>;
  }): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#staging)) {
      const path = join(this.#staging, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs <= options.now - options.olderThanMs) {
        await rm(path, { force: true });
        removed += 1;
      }
    }
    return options.isNamed ? removed + (await this.#removeOrphans(options.isNamed)) : removed;
  }

  async #removeOrphans(isNamed: (sha256: string) => Promise<boolean>): Promise<number> {
    let removed = 0;
    for (const folder of await readdir(this.#root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) {
        continue;
      }
      for (const name of await readdir(join(this.#root, folder))) {
        const sha256 = name.slice(0, -SUFFIX.length);
        if (name.endsWith(SUFFIX) && SHA256.test(sha256) && !(await isNamed(sha256))) {
          await rm(this.#pathOf(sha256), { force: true });
          removed += 1;
        }
      }
    }
    return removed;
  }

  #folderOf(sha256: string): string {
    return join(this.#root, sha256.slice(0, 2));
  }

  #pathOf(sha256: string): string {
    return join(this.#folderOf(sha256), `${sha256}${SUFFIX}`);
  }
}

/** Brings a file, or the names in a folder, safely to disk. */
async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
