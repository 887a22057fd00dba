import { expect, test } from "vitest";
import type { Store } from "../core/store.ts";
import { NOW, scopes } from "./contract-samples.ts";

/** OAuth clients and their codes, instances, and the grants that accounts share. */
export function clientsContract(openStore: () => Promise<Store>): void {
  test("a single-use code is taken by one of many who try at once", async () => {
    const store = await openStore();
    const code = {
      digest: "d",
      clientId: "c",
      accountId: "a",
      accountEpoch: 2,
      redirectUri: "https://x.test/cb",
      scopes: [],
      codeChallenge: "s",
      expiresAt: NOW,
    };
    await store.write((writes) => writes.clients.insertCode(code));

    const taken = await Promise.all(
      Array.from({ length: 20 }, () => store.write((writes) => writes.clients.takeCode("d"))),
    );

    expect(taken.filter((one) => one !== null)).toEqual([code]);
  });

  test("instances, clients and shared grants are what they were set to", async () => {
    const store = await openStore();
    const instance = { id: "sales", displayName: "Sales", createdAt: NOW };
    const client = {
      id: "rs",
      name: "A server",
      type: "confidential" as const,
      scopes: scopes("hub:introspect:use"),
      redirectUris: ["https://x.test/"],
      implicit: false,
      flows: ["device_code"] as const,
      pkceOptional: true,
      secretDigest: "aa",
      secretKeyVersion: 1,
      accountId: null,
      createdAt: NOW,
      trustedForAddresses: true,
    };
    await store.write(async (writes) => {
      await writes.instances.insert(instance);
      await writes.clients.insert(client);
      await writes.sharedGrants.setSharedGrants("anonymous", scopes("repository:public/*:pull"));
    });

    expect(await store.read.instances.find("sales")).toEqual(instance);
    expect(await store.read.clients.find("rs")).toEqual(client);
    expect(await store.read.sharedGrants.sharedGrants("anonymous")).toEqual(
      scopes("repository:public/*:pull"),
    );
    expect(await store.read.sharedGrants.sharedGrants("authenticated")).toEqual(
      scopes("collection:*:download"),
    );
    await expect(store.write((writes) => writes.instances.insert(instance))).rejects.toMatchObject({
      code: "instance_exists",
    });
    await expect(store.write((writes) => writes.clients.insert(client))).rejects.toMatchObject({
      code: "client_exists",
    });
  });

  // A NUL cut text short in one database and was an outage in the other.
}
