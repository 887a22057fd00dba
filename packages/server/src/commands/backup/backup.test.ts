import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { publishCollection } from "../../testing/publish-collection.ts";
import { runInProcess } from "../../testing/run-command.ts";
import { readArchive } from "./archive.ts";

describe("a backup", () => {
  let hub: Harness;
  let folder: string;
  let file: string;
  let serial = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-backup-test-"));
    hub = await createHarness();
    await hub.addUser("ada", { grants: ["collection:*:*"] });
    await publishCollection(hub, "ada");
    file = await make();
  });

  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...argv: readonly string[]) =>
    runInProcess(["backup", ...argv], { MINTMARK_DATA_DIR: hub.directory });

  async function make(): Promise<string> {
    serial += 1;
    const target = join(folder, `${serial}.tar`);
    const { code, notes } = await run("--to", target);
    expect(notes).not.toContain("mintmark-server backup:");
    expect(code).toBe(0);
    return target;
  }

  test("is for its owner alone, holds database and collections, and no key", async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const seen: string[] = [];
    const manifest = await readArchive(file, async ({ name }, content) => {
      seen.push(name);
      content.resume();
    });
    expect(seen).toEqual([
      "mintmark.sqlite",
      expect.stringMatching(/^artifacts\/[0-9a-f]{2}\/[0-9a-f]{64}\.tar\.gz$/),
    ]);
    expect(manifest).toMatchObject({ format: 1, version: "1.2.3", store: "sqlite" });
    expect(manifest.auditHead).toEqual(await hub.context.store.read.audit.head());
    const { keyring } = hub.context;
    expect(manifest.keyFingerprints).toEqual({ 1: keyring.fingerprint(1) });
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("passes its own check, with a result as JSON too", async () => {
    const { code, out } = await run("--check", file, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ whole: true, store: "sqlite", files: 2 });
  });

  test("goes to stdout as well, and nothing else does", async () => {
    const { code, out, bytes } = await run("--to", "-");
    expect([code, out]).toEqual([0, ""]);
    const piped = join(folder, "piped.tar");
    writeFileSync(piped, bytes);
    expect((await run("--check", piped)).code).toBe(0);
  });

  test("an existing file is refused with 73 and left as it is", async () => {
    const taken = join(folder, "taken.tar");
    writeFileSync(taken, "somebody's letters");
    expect((await run("--to", taken)).code).toBe(73);
    expect(readFileSync(taken, "utf8")).toBe("somebody's letters");
  });

  test("one that cannot be written leaves nothing under its name", async () => {
    const nowhere = join(folder, "missing", "backup.tar");
    expect((await run("--to", nowhere)).code).toBe(74);
    expect(existsSync(nowhere)).toBe(false);
  });

  test.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    [
      "without its last entry",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -4 * 512), Buffer.alloc(1024)]),
    ],
    [
      "with one bit of the database turned",
      (bytes: Buffer) => flipAt(bytes, bytes.indexOf("SQLite format 3") + 5000),
    ],
    ["with another time in its manifest", (bytes: Buffer) => flipAt(bytes, bytes.indexOf('"at"') + 10)],
    ["that is no archive", () => Buffer.from("somebody's letters\n".repeat(100))],
    ["that is empty", () => Buffer.alloc(0)],
  ])("one %s fails the check with 65", async (_what, damage) => {
    const damaged = join(folder, "damaged.tar");
    writeFileSync(damaged, damage(readFileSync(file)));
    expect((await run("--check", damaged)).code).toBe(65);
  });

  test("a missing file to check ends with 66, no file at all with 64", async () => {
    expect((await run("--check", join(folder, "nothing.tar"))).code).toBe(66);
    expect((await run()).code).toBe(64);
  });
});

function flipAt(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
