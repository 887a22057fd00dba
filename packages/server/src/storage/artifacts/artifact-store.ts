import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ByteRange, Bytes, Inspection, StagedArtifact } from "../../core/collection/ports.ts";
import { Staging } from "./staging.ts";
import { SHA256, SUFFIX, type Sweep, type SweptArtifactStore } from "./swept-store.ts";

const OWNER_ONLY_DIRECTORY = 0o700;

/**
 * Collection tarballs in a folder of the data directory, under the hash of their bytes. The order of a
 * publication is: temporary file, fsync, rename, fsync of the folder, and only then the row that names it. A
 * kill between any two leaves the whole version or none, and at most a file that no row names, which `sweep`
 * takes away.
 */
export class DiskArtifactStore implements SweptArtifactStore {
  readonly #root: string;
  readonly #staging: Staging;

  private constructor(root: string, staging: Staging) {
    this.#root = root;
    this.#staging = staging;
  }

  static async open(dataDirectory: string): Promise<DiskArtifactStore> {
    const root = join(dataDirectory, "artifacts");
    return new DiskArtifactStore(root, await Staging.open(join(root, "tmp")));
  }

  receive(bytes: AsyncIterable<Uint8Array>, limits: { readonly bytesMax: number }): Promise<StagedArtifact> {
    return this.#staging.receive(bytes, limits);
  }

  inspect(staged: StagedArtifact, filename: string): Promise<Inspection> {
    return this.#staging.inspect(staged, filename);
  }

  async publish(staged: StagedArtifact): Promise<void> {
    await syncPath(staged.path);
    const folder = this.#folderOf(staged.sha256);
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await rename(staged.path, this.#pathOf(staged.sha256));
    await syncPath(folder);
    await syncPath(this.#root);
  }

  discard(staged: StagedArtifact): Promise<void> {
    return this.#staging.discard(staged);
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

  async sweep({ now, olderThanMs, isNamed }: Sweep): Promise<number> {
    const removed = await this.#staging.sweep(now - olderThanMs);
    return isNamed ? removed + (await this.#removeOrphans(isNamed)) : removed;
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
