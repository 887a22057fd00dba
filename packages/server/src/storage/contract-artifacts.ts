import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildCollection, sha256Hex } from "../testing/collection-tarball.ts";
import type { SweptArtifactStore } from "./artifacts/swept-store.ts";

/** What a store of artifacts is made of, for one test. */
export interface ArtifactStoreUnderTest {
  readonly store: SweptArtifactStore;
  /** The folder on this node that holds what is staged. */
  readonly staging: string;
  /** Another store on the same place, as after a restart or on another node. */
  openAgain(): Promise<SweptArtifactStore>;
  remove(): Promise<void>;
}

const HOUR = 3_600_000;
/** Several of the pieces in which a stream arrives. */
const LARGE_BYTES = 3_000_000;

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield Buffer.from(part);
  }
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the client went away");
}

/** What every store of artifacts promises. */
export function describeArtifactStore(name: string, make: () => Promise<ArtifactStoreUnderTest>): void {
  describe(`artifacts ${name}`, () => {
    let under: ArtifactStoreUnderTest;
    let store: SweptArtifactStore;

    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(() => under.remove());

    async function bytesOf(
      sha256: string,
      range?: { readonly start: number; readonly end: number },
    ): Promise<Buffer | null> {
      const opened = await store.open(sha256, range);
      if (!opened) {
        return null;
      }
      const parts: Buffer[] = [];
      for await (const part of opened.stream) {
        parts.push(part as Buffer);
      }
      return Buffer.concat(parts);
    }

    const textOf = async (sha256: string) => (await bytesOf(sha256))?.toString() ?? null;
    const staged = async () => (await readdir(under.staging)).length;

    describe("staged bytes", () => {
      it("are known by their hash and size, and only the owner may read them", async () => {
        const received = await store.receive(chunks("hello ", "world"), { bytesMax: 100 });
        expect(received).toMatchObject({ sha256: sha256Hex("hello world"), size: 11 });
        expect((await stat(received.path)).mode & 0o777).toBe(0o600);
        expect((await stat(under.staging)).mode & 0o777).toBe(0o700);
      });

      it("count for nothing until they are published", async () => {
        const received = await store.receive(chunks("x"), { bytesMax: 100 });
        expect(await store.open(received.sha256)).toBeNull();
      });

      it("may be exactly as many as the limit, and leave nothing behind if they are more", async () => {
        await store.discard(await store.receive(chunks("12345"), { bytesMax: 5 }));
        await expect(store.receive(chunks("12345", "6"), { bytesMax: 5 })).rejects.toMatchObject({
          code: "body_too_large",
        });
        expect(await staged()).toBe(0);
      });

      it("leave nothing behind if the sender breaks off", async () => {
        await expect(store.receive(breaking(), { bytesMax: 100 })).rejects.toThrow("the client went away");
        expect(await staged()).toBe(0);
      });

      it("can be discarded twice", async () => {
        const received = await store.receive(chunks("x"), { bytesMax: 100 });
        await store.discard(received);
        await store.discard(received);
        expect(await staged()).toBe(0);
      });

      it("can be inspected", async () => {
        const { bytes, filename } = await buildCollection();
        const empty = await store.receive(chunks(), { bytesMax: 1 });
        expect(await store.inspect(empty, filename)).toMatchObject({ ok: false });
        const whole = await store.receive(chunks(bytes), { bytesMax: 100_000 });
        expect(await store.inspect(whole, filename)).toMatchObject({ ok: true });
      });
    });

    describe("published bytes", () => {
      it("are found by their hash, also by a store opened later", async () => {
        const received = await store.receive(chunks("hello"), { bytesMax: 100 });
        await store.publish(received);
        store = await under.openAgain();
        expect(await textOf(received.sha256)).toBe("hello");
      });

      it("are no longer staged, and stay when they are published again and discarded", async () => {
        const first = await store.receive(chunks("hello"), { bytesMax: 100 });
        const second = await store.receive(chunks("hello"), { bytesMax: 100 });
        await store.publish(first);
        await store.publish(second);
        await store.discard(second);
        expect(await textOf(first.sha256)).toBe("hello");
        expect(await staged()).toBe(0);
      });

      it("are published by several uploads at the same time", async () => {
        const all = await Promise.all(
          Array.from({ length: 8 }, () => store.receive(chunks("hello"), { bytesMax: 100 })),
        );
        await Promise.all(all.map((each) => store.publish(each)));
        expect(await textOf(sha256Hex("hello"))).toBe("hello");
      });

      it("are the same to the last byte if there are many, and tell their size", async () => {
        const large = Buffer.alloc(LARGE_BYTES, "0123456789abcdefg");
        const received = await store.receive(chunks(large), { bytesMax: LARGE_BYTES });
        await store.publish(received);
        expect((await bytesOf(received.sha256))?.equals(large)).toBe(true);
        const opened = await store.open(received.sha256);
        expect(opened?.size).toBe(LARGE_BYTES);
        opened?.stream.resume();
      });

      it("can be read in part, and the size is that of the whole", async () => {
        const received = await store.receive(chunks("0123456789"), { bytesMax: 100 });
        await store.publish(received);
        for (const [start, end] of [
          [0, 0],
          [2, 5],
          [9, 9],
          [0, 9],
        ] as const) {
          const part = await bytesOf(received.sha256, { start, end });
          expect(part?.toString()).toBe("0123456789".slice(start, end + 1));
        }
        const opened = await store.open(received.sha256, { start: 3, end: 4 });
        expect(opened?.size).toBe(10);
        opened?.stream.resume();
      });

      it("are never looked for by anything but a hash", async () => {
        expect(await store.open("../../etc/passwd")).toBeNull();
        expect(await store.open(sha256Hex("never published"))).toBeNull();
      });
    });

    // A killed server may leave files in the staging folder.
    describe("a sweep", () => {
      it("removes stale staged files and leaves those of uploads in progress", async () => {
        const stale = await store.receive(chunks("stale"), { bytesMax: 100 });
        const fresh = await store.receive(chunks("fresh"), { bytesMax: 100 });
        const now = Date.now();
        await utimes(stale.path, new Date(now - 2 * HOUR), new Date(now - 2 * HOUR));
        expect(await store.sweep({ now, olderThanMs: HOUR })).toBe(1);
        await stat(join(fresh.path));
      });

      it("touches no published bytes unless it is told what is named", async () => {
        const received = await store.receive(chunks("kept"), { bytesMax: 100 });
        await store.publish(received);
        expect(await store.sweep({ now: Date.now(), olderThanMs: 0 })).toBe(0);
        expect(await textOf(received.sha256)).toBe("kept");
      });
    });
  });
}
