import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskArtifactStore } from "../storage/artifacts/artifact-store.ts";

/** An artifact store in a folder of its own, for one test. */
export interface ScratchArtifacts {
  readonly store: DiskArtifactStore;
  /** The names of all files in it, staged and published. */
  files(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function scratchArtifacts(): Promise<ScratchArtifacts> {
  const folder = await mkdtemp(join(tmpdir(), "mintmark-artifacts-"));
  return {
    store: await DiskArtifactStore.open(folder),
    async files() {
      const all = await readdir(join(folder, "artifacts"), { recursive: true, withFileTypes: true });
      return all.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
