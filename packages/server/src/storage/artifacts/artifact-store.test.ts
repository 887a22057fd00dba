import { mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildCollection, sha256Hex } from "../../testing/collection-tarball.ts";
import { DiskArtifactStore } from "./artifact-store.ts";

let folder: string;
let store: DiskArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mintmark-artifacts-"));
  store = await DiskArtifactStore.open(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield Buffer.from(part);
  }
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the client went away");
}

async function read(sha256: string): Promise<string | null> {
  const opened = await store.open(sha256);
  if (!opened) {
    return null;
  }
  const parts: Buffer[] = [];
  for await (const part of opened.stream) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

async function filesLeft(): Promise<readonly string[]> {
  const all = await readdir(join(folder, "artifacts"), { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe("staged bytes", () => {
  it("are known by their hash and size, and only the owner may read them", async () => {
    const staged = await store.receive(chunks("hello ", "world"), { bytesMax: 100 });
    expect(staged).toMatchObject({ sha256: sha256Hex("hello world"), size: 11 });
    expect((await stat(staged.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "artifacts"))).mode & 0o777).toBe(0o700);
  });

  it("count for nothing until they are published", async () => {
    const staged = await store.receive(chunks("x"), { bytesMax: 100 });
    expect(await store.open(staged.sha256)).toBeNull();
  });

  it("may be exactly as many as the limit, and leave nothing behind when they are more", async () => {
    await store.discard(await store.receive(chunks("12345"), { bytesMax: 5 }));
    await expect(store.receive(chunks("12345", "6"), { bytesMax: 5 })).rejects.toMatchObject({
      code: "body_too_large",
    });
    expect(await filesLeft()).toEqual([]);
  });

  it("leave nothing behind when the sender breaks off", async () => {
    await expect(store.receive(breaking(), { bytesMax: 100 })).rejects.toThrow("the client went away");
    expect(await filesLeft()).toEqual([]);
  });

  it("can be discarded twice", async () => {
    const staged = await store.receive(chunks("x"), { bytesMax: 100 });
    await store.discard(staged);
    await store.discard(staged);
    expect(await filesLeft()).toEqual([]);
  });
});

describe("published bytes", () => {
  it("are found by their hash, also by a store opened later", async () => {
    const staged = await store.receive(chunks("hello"), { bytesMax: 100 });
    await store.publish(staged);
    store = await DiskArtifactStore.open(folder);
    expect(await read(staged.sha256)).toBe("hello");
  });

  it("stay when they are published again and when what was staged is discarded", async () => {
    const first = await store.receive(chunks("hello"), { bytesMax: 100 });
    const second = await store.receive(chunks("hello"), { bytesMax: 100 });
    await store.publish(first);
    await store.publish(second);
    await store.discard(second);
    expect(await read(first.sha256)).toBe("hello");
    expect(await filesLeft()).toHaveLength(1);
  });

  it("are never looked for by anything but a hash", async () => {
    expect(await store.open("../../etc/passwd")).toBeNull();
    expect(await store.open(sha256Hex("never published"))).toBeNull();
  });

  it("can be inspected while they are staged", async () => {
    const { bytes, filename } = await buildCollection();
    const staged = await store.receive(chunks(), { bytesMax: 1 });
    expect(await store.inspect(staged, filename)).toMatchObject({ ok: false });
    const whole = await store.receive(
      (async function* () {
        yield bytes;
      })(),
      { bytesMax: 100_000 },
    );
    expect(await store.inspect(whole, filename)).toMatchObject({ ok: true });
  });
});

// What a kill may leave: a file in the staging folder, or a published file whose row was never written.
describe("a sweep", () => {
  const HOUR = 3_600_000;

  it("removes stale staged files and leaves those of uploads in progress", async () => {
    const stale = await store.receive(chunks("stale"), { bytesMax: 100 });
    const fresh = await store.receive(chunks("fresh"), { bytesMax: 100 });
    const now = Date.now();
    await utimes(stale.path, new Date(now - 2 * HOUR), new Date(now - 2 * HOUR));
    expect(await store.sweep({ now, olderThanMs: HOUR })).toBe(1);
    await stat(fresh.path);
  });

  it("removes published files that no row names and keeps the others", async () => {
    const named = await store.receive(chunks("named"), { bytesMax: 100 });
    const orphan = await store.receive(chunks("orphan"), { bytesMax: 100 });
    await store.publish(named);
    await store.publish(orphan);
    const isNamed = async (sha256: string) => sha256 === named.sha256;
    expect(await store.sweep({ now: Date.now(), olderThanMs: HOUR, isNamed })).toBe(1);
    expect(await read(named.sha256)).toBe("named");
    expect(await read(orphan.sha256)).toBeNull();
  });

  it("touches no published file unless it is told what is named", async () => {
    const staged = await store.receive(chunks("kept"), { bytesMax: 100 });
    await store.publish(staged);
    expect(await store.sweep({ now: Date.now(), olderThanMs: 0 })).toBe(0);
    expect(await read(staged.sha256)).toBe("kept");
  });
});
