import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { openNative } from "./driver.ts";
import { LogSync } from "./log-sync.ts";
import { openSqliteStore } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "mintmark-sync-"));
const undo: (() => void)[] = [];

afterEach(() => {
  for (const each of undo.splice(0)) {
    each();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Holds every `datasync` of the process up until the returned function is called. */
async function holdUpTheDisk(): Promise<() => void> {
  const handle = await open(folder, "r");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { datasync } = prototype;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  prototype.datasync = async function waiting(this: FileHandle): Promise<void> {
    await held;
    return datasync.call(this);
  };
  undo.push(() => {
    prototype.datasync = datasync;
  });
  return release;
}

// A revocation that power loss undoes is a credential that lives again.
test("a change is acknowledged when it is on the disk, and the loop goes on meanwhile", async () => {
  const store = await openSqliteStore(join(folder, "acknowledged.sqlite"), { now: () => 0 });
  await store.write((writes) => writes.settings.set("a", "1"));
  const release = await holdUpTheDisk();
  let isAcknowledged = false;
  const written = store
    .write((writes) => writes.settings.set("a", "2"))
    .then(() => {
      isAcknowledged = true;
    });

  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const before = isAcknowledged;
  release();
  await written;

  expect([before, isAcknowledged]).toEqual([false, true]);
  await store.close();
});

// A command of the operator may end the credentials of a large account while the server runs.
test("the loop goes on while another process writes to the file", async () => {
  const path = join(folder, "busy.sqlite");
  const store = await openSqliteStore(path, { now: () => 0 });
  const other = openNative(path);
  other.exec("begin immediate");
  let isWritten = false;
  const written = store
    .write((writes) => writes.settings.set("a", "1"))
    .then(() => {
      isWritten = true;
    });

  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const before = isWritten;
  other.exec("commit");
  await written;

  expect([before, isWritten]).toEqual([false, true]);
  other.close();
  await store.close();
});

// After a failure the system may drop what it could not write, and call the next attempt a success.
test("a log that could not be brought to the disk once is trusted no more", async () => {
  const sync = new LogSync(join(folder, "nowhere", "absent.sqlite"));
  sync.requireSound();

  await expect(sync.sync()).rejects.toThrow(/could not be brought to the disk/);

  expect(() => sync.requireSound()).toThrow(/could not be brought to the disk/);
  await sync.close();
});
