import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SYSTEM } from "../../core/audit/events.ts";
import type { Change, Store } from "../../core/store.ts";
import { findBreak, GENESIS } from "../../testing/audit-chain.ts";
import { storeContract } from "../contract.ts";
import { newAccount } from "../contract-samples.ts";
import { openNative } from "./driver.ts";
import { openSqliteStore } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "mintmark-threads-"));
let serial = 0;
const path = () => join(folder, `${serial}.sqlite`);
const clock = { now: () => 0 };
/** Every file counts as large. */
const options = { largeFromBytes: 0 };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("SQLite whose long reads go by a thread", () => {
  storeContract({
    open: (given) => openSqliteStore(path(), given, options),
    shared: false,
    reset: async () => {
      serial += 1;
    },
  });
});

describe("a large job", () => {
  const stores: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = await openSqliteStore(path(), clock, options);
    stores.push(store);
    return store;
  };
  const event = {
    action: "policy.apply",
    actor: SYSTEM,
    owner: null,
    credentialId: null,
    details: {},
  } as const;

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    serial += 1;
  });

  test("takes its turn among the small ones, and all share one chain", async () => {
    const store = await open();
    const done: string[] = [];
    const write = (name: string, size: "small" | "large") =>
      store.write(async (writes) => {
        await writes.audit.append({ ...event, details: { name } });
        done.push(name);
      }, size);

    await Promise.all([
      write("one", "small"),
      write("two", "large"),
      write("three", "small"),
      write("four", "large"),
      write("five", "small"),
    ]);

    expect(done).toEqual(["one", "two", "three", "four", "five"]);
    const chain = await store.read.audit.after(0, 10);
    expect(chain.map(({ details }) => details["name"])).toEqual(done);
    expect(findBreak(GENESIS, chain)).toBeNull();
  });

  test("is seen by every read once it is acknowledged", async () => {
    const store = await open();
    const ada = await store.write((writes) => writes.accounts.insert(newAccount("ada")), "large");

    expect(await store.read.accounts.findById(ada.id)).toMatchObject({ username: "ada" });
    expect(await store.read.accounts.count()).toBe(1);
  });

  test("that fails leaves nothing, and the next job goes on", async () => {
    const store = await open();
    const failing = store.write(async (writes) => {
      await writes.audit.append(event);
      await writes.settings.set("a", "1");
      throw new Error("no");
    }, "large");

    await expect(failing).rejects.toThrow();
    await store.write((writes) => writes.settings.set("b", "2"));

    expect([await store.read.settings.get("a"), await store.read.settings.get("b")]).toEqual([null, "2"]);
    expect((await store.read.audit.head()).seq).toBe(0);
  });

  // Everything that is known would be forgotten each time the janitor runs.
  test("is not taken for a write of another process, which is noticed as ever", async () => {
    const store = await open();
    const heard: Change[] = [];
    store.onChange((change) => heard.push(change));
    for (let count = 0; count < 3; count += 1) {
      await store.write((writes) => writes.settings.set("own", String(count)), "large");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(heard).toEqual([]);

    const other = openNative(path());
    other.exec("insert into settings (name, value) values ('foreign', '1')");
    other.close();
    await expect.poll(() => heard).toEqual([{ of: "everything" }]);
  });

  test("does not let the log grow without bound", async () => {
    const store = await open();
    const text = "x".repeat(1_000_000);
    for (let count = 0; count < 120; count += 1) {
      await store.write((writes) => writes.settings.set(`name ${count % 3}`, text), "large");
      // The log is moved by a clock of its own.
      await new Promise((resolve) => setTimeout(resolve, 15));
    }

    expect(statSync(`${path()}-wal`).size).toBeLessThan(100_000_000);
  });
});
