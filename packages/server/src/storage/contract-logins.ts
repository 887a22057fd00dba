import { expect, test } from "vitest";
import type { Store } from "../core/store.ts";
import { NOW } from "./contract-samples.ts";

/** Failed log-ins and the addresses of successful ones. */
export function loginsContract(openStore: () => Promise<Store>): void {
  const fail = (store: Store, account: string, address: string, at: number, device: string | null = null) =>
    store.write((writes) => writes.logins.addFailure({ account, address, device, at }));
  const timesOf = async (store: Store, account: string) =>
    (await store.read.logins.failuresOf(account, 0, 100)).map(({ at }) => at);

  test("failed log-ins are found by account and by address, newest first, and go by age", async () => {
    const store = await openStore();
    await fail(store, "ada", "192.0.2.1", NOW);
    await fail(store, "ada", "192.0.2.2", NOW + 1, "browser:1");
    await fail(store, "bob", "192.0.2.1", NOW + 2);

    expect(await store.read.logins.failuresOf("ada", NOW, 10)).toEqual([
      { account: "ada", address: "192.0.2.2", device: "browser:1", at: NOW + 1 },
    ]);
    expect(await store.read.logins.failuresFrom("192.0.2.1", 0, 10)).toEqual([NOW + 2, NOW]);
    expect(await store.read.logins.failuresFrom("192.0.2.1", 0, 1)).toEqual([NOW + 2]);
    await store.write((writes) => writes.logins.purge({ failures: NOW + 1, addresses: NOW }));
    expect(await timesOf(store, "ada")).toEqual([]);
    expect(await timesOf(store, "bob")).toEqual([NOW + 2]);
  });

  test("the failures from an address or a device are forgotten, and no others", async () => {
    const store = await openStore();
    await fail(store, "ada", "192.0.2.1", NOW);
    await fail(store, "ada", "192.0.2.2", NOW + 1, "browser:1");
    await fail(store, "ada", "192.0.2.3", NOW + 2);
    await fail(store, "bob", "192.0.2.1", NOW + 3);
    const here = { address: "192.0.2.1", device: "browser:1" };
    await store.write((writes) => writes.logins.forgetFailuresFrom("ada", here));

    expect([await timesOf(store, "ada"), await timesOf(store, "bob")]).toEqual([[NOW + 2], [NOW + 3]]);
  });

  test("of the addresses that an account signed in from the latest are kept", async () => {
    const store = await openStore();
    for (let count = 0; count < 5; count += 1) {
      await store.write((writes) => writes.logins.rememberAddress("ada", `192.0.2.${count}`, NOW + count, 3));
    }
    const seen = await Promise.all(
      [0, 1, 2, 3, 4].map((count) => store.read.logins.signedInAt("ada", `192.0.2.${count}`)),
    );

    expect(seen).toEqual([null, null, NOW + 2, NOW + 3, NOW + 4]);
    expect(await store.read.logins.signedInAt("bob", "192.0.2.4")).toBeNull();
    await store.write((writes) => writes.logins.forgetAccount("ada"));
    expect(await store.read.logins.signedInAt("ada", "192.0.2.4")).toBeNull();
  });

  // A flood of other names must not make a braked account or a braked address free again.
  test("when there are too many failures, those below their bounds give way first", async () => {
    const store = await openStore();
    for (let count = 0; count < 4; count += 1) {
      await fail(store, "braked", `198.51.100.${count}`, NOW + count);
      await fail(store, `name${count}`, "203.0.113.1", NOW + count);
    }
    for (let count = 0; count < 20; count += 1) {
      await fail(store, `noise${count}`, `192.0.2.${count}`, NOW + 10 + count);
    }
    await store.write((writes) => writes.logins.trimFailures(8, { account: 4, address: 4 }));

    expect(await timesOf(store, "braked")).toHaveLength(4);
    expect(await store.read.logins.failuresFrom("203.0.113.1", 0, 10)).toHaveLength(4);
    await store.write((writes) => writes.logins.trimFailures(4, { account: 4, address: 4 }));
    const left = [
      ...(await timesOf(store, "braked")),
      ...(await store.read.logins.failuresFrom("203.0.113.1", 0, 10)),
    ];
    expect(left.length).toBeLessThanOrEqual(4);
  });
}
