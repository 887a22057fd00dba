import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, type StoreChoice } from "../../testing/stores.ts";
import { KEY, WHO, zenApiKey } from "../../testing/zen-hub.ts";

let store: StoreChoice;
let nodes: readonly [Harness, Harness];

beforeAll(async () => {
  store = await chooseStore("PostgreSQL");
  const node = () => createHarness({ openStore: store.openStore });
  nodes = [await node(), await node()];
}, 60_000);

afterAll(async () => {
  for (const node of nodes ?? []) {
    await node.close();
  }
  await store?.remove();
});

// A load balancer may send the repeat of a GET to another node than the first, also while the first is under
// way.
test.each(["first", "second"])(
  "a GET of the %s key that reaches two nodes at once makes one key, and the other node refuses",
  async (which) => {
    const [here, there] = nodes;
    const username = `user-${which}`;
    await here.addUser(username);
    const bearer = await here.logIn(username);
    if (which === "second") {
      await here.call({ method: "POST", url: KEY, bearer });
    }

    const replies = await Promise.all(nodes.map((node) => node.call({ url: KEY, bearer })));

    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([200, 429]);
    const made = replies.find(({ statusCode }) => statusCode === 200)?.json().apiKey;
    for (const node of [here, there]) {
      expect((await node.call({ url: WHO, headers: zenApiKey(username, made) })).statusCode).toBe(200);
    }
    const { accounts, credentials } = here.context.store.read;
    const owner = await accounts.findByUsername(username);
    const living = await credentials.list({
      ownerId: owner?.id ?? "",
      kind: "platform_key",
      state: "active",
      now: here.clock.now(),
      limit: 10,
    });
    expect(living).toHaveLength(1);
  },
  30_000,
);
