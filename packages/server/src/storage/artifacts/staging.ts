import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Inspection, StagedArtifact } from "../../core/collection/ports.ts";
import { HubError } from "../../core/errors.ts";
import { Inspections } from "./inspections.ts";

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Uploads on the disk of this node, until they are published or discarded. */
export class Staging {
  readonly #folder: string;
  readonly #inspections = new Inspections();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<Staging> {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    return new Staging(folder);
  }

  async receive(
    bytes: AsyncIterable<Uint8Array>,
    limits: { readonly bytesMax: number },
  ): Promise<StagedArtifact> {
    const path = join(this.#folder, `${randomUUID()}.part`);
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

  async discard(staged: StagedArtifact): Promise<void> {
    await rm(staged.path, { force: true });
  }

  /** Removes files last written at `until` or earlier; returns how many. */
  async sweep(until: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs <= until) {
        await rm(path, { force: true });
        removed += 1;
      }
    }
    return removed;
  }
}
