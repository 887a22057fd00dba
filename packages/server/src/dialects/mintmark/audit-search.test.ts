import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const AUDIT = "/api/mintmark/v1/audit";

describe.each(STORES)("the audit log and the list of users, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let root: string;
  let began: string;
  let later: string;

  const now = () => new Date(hub.clock.now()).toISOString();
  const get = async (url: string) => (await hub.call({ url, bearer: root })).json();
  const actions = async (query: string) =>
    ((await get(`${AUDIT}?${query}`)).events as { action: string }[]).map(({ action }) => action);

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("root", { role: "admin" });
    root = await hub.logIn("root");
    began = now();
    await hub.addUser("ada");
    await hub.issue("ada", "app_token", { title: "Nightly 100% build_1" });
    hub.clock.advance({ days: 1 });
    later = now();
    await hub.addUser("bob");
    await hub.issue("bob", "app_token", { title: "Laptop" });
    root = await hub.logIn("root");
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  test("events are found by their owner, by text and by time", async () => {
    expect(await actions("owner=ada")).toEqual(["credential.issue", "account.create"]);
    expect(await actions("search=NIGHTLY")).toEqual(["credential.issue"]);
    expect(await actions("search=100%25")).toEqual(["credential.issue"]);
    expect(await actions("search=build1")).toEqual([]);
    expect(await actions(`since=${later}&action=credential.issue`)).toEqual(["credential.issue"]);
    expect(await actions(`since=${began}&until=${later}&owner=ada`)).toHaveLength(2);
    expect(await actions(`until=${began}&owner=ada`)).toEqual([]);
    expect(await actions("since=2999-01-01T00:00:00Z")).toEqual([]);
  });

  test("events are counted and saved by the same filter, and a page goes on by its cursor", async () => {
    expect(await get(`${AUDIT}/count?owner=ada`)).toEqual({ count: 2, complete: true });
    expect(await get(`${AUDIT}/count?search=nightly`)).toEqual({ count: 1, complete: true });
    const first = await get(`${AUDIT}?owner=ada&limit=1`);
    const second = await get(`${AUDIT}?owner=ada&limit=1&cursor=${first.nextCursor}`);
    expect([first.events[0].action, second.events[0].action, second.nextCursor]).toEqual([
      "credential.issue",
      "account.create",
      null,
    ]);
    const csv = await hub.call({ url: `${AUDIT}?owner=ada`, bearer: root, headers: { accept: "text/csv" } });
    expect(csv.body.trim().split("\r\n")).toHaveLength(3);
  });

  test("users are found by name, email, role, state and creation, with their number", async () => {
    const users = async (query: string) => {
      const { users: found, total } = await get(`/api/mintmark/v1/users?${query}`);
      return [...(found as { username: string }[]).map(({ username }) => username), total.count];
    };
    await hub.call({
      method: "PATCH",
      url: "/api/mintmark/v1/users/bob",
      json: { email: "Robert@Example.com" },
      bearer: root,
    });
    expect(await users("search=ROBERT")).toEqual(["bob", 1]);
    expect(await users("search=a")).toContain("ada");
    expect(await users("role=admin")).toEqual(["root", 1]);
    expect(await users("disabled=true")).toEqual([0]);
    expect(await users(`createdSince=${later}`)).toEqual(["bob", 1]);
    expect(await users(`createdBefore=${later}&limit=1`)).toEqual(["ada", 2]);
    const csv = await hub.call({
      url: "/api/mintmark/v1/users?role=member",
      bearer: root,
      headers: { accept: "text/csv" },
    });
    expect(csv.body.trim().split("\r\n")).toHaveLength(3);
  });

  test.each([
    `${AUDIT}?since=yesterday`,
    `${AUDIT}?search=${"x".repeat(201)}`,
    `${AUDIT}/count?limit=3`,
    "/api/mintmark/v1/users?role=king",
    "/api/mintmark/v1/users?disabled=perhaps",
  ])("%s is refused", async (url) => {
    expect((await hub.call({ url, bearer: root })).statusCode).toBe(400);
  });
});

// A search looks at a bounded part of the log, so that no request holds up others.
test("a search that finds nothing in the newest part of a long log says where to go on", async () => {
  const hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  const bearer = await hub.logIn("root");
  await hub.addUser("needle");
  const entry = {
    action: "credential.refuse" as const,
    actor: { id: null, name: "anonymous", address: null, agent: null },
    owner: null,
    credentialId: null,
    details: {},
  };
  for (let batch = 0; batch < 21; batch += 1) {
    await hub.context.store.write(async (writes) => {
      for (let index = 0; index < 1_000; index += 1) {
        await writes.audit.append(entry);
      }
    });
  }
  const page = (query: string) => hub.call({ url: `${AUDIT}?search=needle${query}`, bearer });
  const first = (await page("")).json();
  expect(first.events).toEqual([]);
  const second = (await page(`&cursor=${first.nextCursor}`)).json();
  expect(second.events.map(({ owner }: { owner: string }) => owner)).toEqual(["needle"]);
  expect((await hub.call({ url: `${AUDIT}/count?search=needle`, bearer })).json()).toEqual({
    count: 0,
    complete: false,
  });
  await hub.close();
});
