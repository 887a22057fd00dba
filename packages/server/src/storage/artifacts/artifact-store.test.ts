import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sha256Hex } from "../../testing/collection-tarball.ts";
import { scratchArtifacts } from "../../testing/scratch-artifacts.ts";
import { describeArtifactStore } from "../contract-artifacts.ts";
import { DiskArtifactStore } from "./artifact-store.ts";

describeArtifactStore("in a directory", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mintmark-artifacts-"));
  return {
    store: await DiskArtifactStore.open(folder),
    staging: join(folder, "artifacts", "tmp"),
    openAgain: () => DiskArtifactStore.open(folder),
    remove: () => rm(folder, { recursive: true }),
  };
});

// A kill between publishing a file and writing its row leaves a file that no row names.
it("a sweep removes published files that no row names and keeps the others", async () => {
  const { store, files, remove } = await scratchArtifacts();
  for (const text of ["named", "orphan"]) {
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    await store.publish(await store.receive(bytes, { bytesMax: 100 }));
  }
  const isNamed = async (sha256: string) => sha256 === sha256Hex("named");
  expect(await store.sweep({ now: Date.now(), olderThanMs: 0, isNamed })).toBe(1);
  expect(await files()).toEqual([`${sha256Hex("named")}.tar.gz`]);
  await remove();
});
