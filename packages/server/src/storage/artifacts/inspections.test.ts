import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCollection, packTar } from "../../testing/collection-tarball.ts";
import { Inspections } from "./inspections.ts";
import { TARBALL_LIMITS } from "./limits.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mintmark-inspections-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(bytes: Buffer, filename = "acme-tools-1.0.0.tar.gz") {
  const path = join(folder, filename);
  writeFileSync(path, bytes);
  return { path, filename, size: statSync(path).size };
}

/** As many entries as are allowed, each so many folders deep. */
async function deepArchive(folders: number): Promise<Buffer> {
  const above = "d/".repeat(folders);
  const names = Array.from({ length: TARBALL_LIMITS.entriesMax - 1 }, (_, at) => `${above}${at}`);
  return gzipSync(await packTar(names.map((name) => [{ name }])));
}

describe("tarballs are judged in a thread of their own", () => {
  test("one after the other, each with its own answer", async () => {
    const inspections = new Inspections();
    const { bytes, filename } = await buildCollection();
    const sound = fileOf(bytes, filename);
    const broken = fileOf(Buffer.from("no archive"), "acme-other-1.0.0.tar.gz");

    const answers = await Promise.all([sound, broken, sound].map((file) => inspections.inspect(file)));

    expect(answers.map(({ ok }) => ok)).toEqual([true, false, true]);
  });

  test("and a disk that fails is no verdict: the next question is answered", async () => {
    const inspections = new Inspections();
    const { bytes, filename } = await buildCollection();
    const missing = { path: join(folder, "missing"), filename, size: 1 };

    await expect(inspections.inspect(missing)).rejects.toMatchObject({ code: "ENOENT" });
    expect((await inspections.inspect(fileOf(bytes, filename))).ok).toBe(true);
  });

  // 16,000 entries 510 folders deep, 263 KB in all, once held the whole node for 24 seconds.
  test.each([
    ["as deep as is allowed", TARBALL_LIMITS.pathDepthMax - 1, "MANIFEST.json is missing"],
    ["deeper", 510, `lies more than ${TARBALL_LIMITS.pathDepthMax} folders deep`],
  ])("so that folders %s do not hold the event loop", async (_what, folders, message) => {
    const file = fileOf(await deepArchive(folders));
    const before = performance.eventLoopUtilization();

    const answer = await new Inspections().inspect(file);

    const { idle, active } = performance.eventLoopUtilization(before);
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining(message) });
    expect(active).toBeLessThan(Math.max(idle, 100));
  });
});
