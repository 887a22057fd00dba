import { afterEach, beforeEach, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
let ada: string;
let root: string;

beforeEach(async () => {
  hub = await createHarness({ trustedProxies: ["127.0.0.1"] });
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
  await hub.addUser("bob");
  ada = await hub.logIn("ada");
  root = await hub.logIn("root");
});

afterEach(() => hub.close());

const bulk = async (json: unknown, bearer = ada) => {
  const reply = await hub.call({ method: "POST", url: `${API}/credentials/bulk`, bearer, json });
  return { status: reply.statusCode, ...reply.json() };
};
const states = async (...ids: readonly string[]) =>
  Promise.all(
    ids.map(async (id) => (await hub.call({ url: `${API}/credentials/${id}`, bearer: root })).json().state),
  );

test("many are counted first, and changed only by a request that names that number", async () => {
  const [one, two] = [await hub.issue("ada", "app_token"), await hub.issue("ada", "app_token")];
  const other = await hub.issue("ada", "personal_token");
  const request = { action: "freeze", filter: { kind: "app_token" }, reason: "incident" };
  expect(await bulk(request)).toEqual({ status: 200, matches: 2 });
  expect(await bulk({ ...request, confirm: 1 })).toMatchObject({
    status: 409,
    code: "count_changed",
    matches: 2,
  });
  expect(await states(one.id, two.id)).toEqual(["active", "active"]);

  expect(await bulk({ ...request, confirm: 2 })).toEqual({ status: 200, done: 2, failed: [] });
  expect(await states(one.id, two.id, other.id)).toEqual(["frozen", "frozen", "active"]);
  const frozen = await hub.context.store.read.audit.list({ action: "credential.freeze", limit: 9 });
  expect(frozen.map(({ credentialId }) => credentialId).sort()).toEqual([one.id, two.id].sort());

  expect(await bulk({ action: "thaw", filter: { state: "frozen" }, confirm: 2 })).toMatchObject({ done: 2 });
});

test("one that is refused is named and does not stop the others", async () => {
  const mine = await hub.issue("ada", "app_token");
  const held = await hub.issue("ada", "app_token");
  const theirs = await hub.issue("bob", "app_token");
  await bulk({ action: "freeze", ids: [held.id], confirm: 1 }, root);
  await bulk({ action: "freeze", ids: [mine.id], confirm: 1 });
  const ids = [mine.id, held.id, theirs.id, "nonsense"];
  expect(await bulk({ action: "thaw", ids, confirm: 4 })).toEqual({
    status: 200,
    done: 1,
    failed: [
      { id: held.id, code: "frozen_by_other" },
      { id: theirs.id, code: "not_found" },
      { id: "nonsense", code: "not_found" },
    ],
  });
});

test("members reach their own, administrators anybody's; ended ones match only when they are asked for", async () => {
  const theirs = await hub.issue("bob", "app_token");
  expect(await bulk({ action: "revoke", filter: { owner: "bob" } })).toMatchObject({ status: 403 });
  expect(await bulk({ action: "revoke", filter: { owner: "*" } })).toMatchObject({ status: 403 });
  expect(await bulk({ action: "revoke", filter: { owner: "*" }, confirm: 1 }, root)).toMatchObject({
    done: 1,
  });
  expect(await states(theirs.id)).toEqual(["revoked"]);
  expect(await bulk({ action: "revoke", filter: { owner: "*" } }, root)).toMatchObject({ matches: 0 });
  expect(await bulk({ action: "revoke", filter: { owner: "*", state: "revoked" } }, root)).toMatchObject({
    matches: 1,
  });
});

test.each([
  [{ action: "revoke" }],
  [{ action: "revoke", ids: [], filter: {} }],
  [{ action: "revoke", ids: ["x"], filter: {} }],
  [{ action: "burn", filter: {} }],
  [{ action: "revoke", filter: { usedFrom: "10.1.2.3/8" } }],
  [{ action: "revoke", filter: { createdSince: "yesterday" } }],
  [{ action: "revoke", filter: { sort: "title" } }],
])("nothing happens for %j", async (json) => {
  expect((await bulk(json)).status).toBe(400);
});

test("those that were used from a range of addresses, or made since a time, are found by it", async () => {
  const near = await hub.issue("ada", "personal_token");
  const far = await hub.issue("ada", "personal_token");
  const use = (secret: string, from: string) =>
    hub.call({ url: "/verify", bearer: secret, headers: { "x-forwarded-for": from } });
  await use(near.secret, "192.0.2.5");
  await use(far.secret, "198.51.100.5");
  await hub.call({ url: `${API}/credentials/${near.id}/sources`, bearer: ada });
  hub.clock.advance({ hours: 1 });
  const late = await hub.issue("ada", "personal_token");
  const since = new Date(hub.clock.now()).toISOString();
  ada = await hub.logIn("ada");

  expect(await bulk({ action: "freeze", filter: { usedFrom: "192.0.2.0/24" }, confirm: 1 })).toMatchObject({
    done: 1,
  });
  expect(await bulk({ action: "freeze", filter: { createdSince: since }, confirm: 1 })).toMatchObject({
    done: 1,
  });
  expect(await states(near.id, far.id, late.id)).toEqual(["frozen", "active", "frozen"]);
  const listed = await hub.call({ url: `${API}/credentials?usedFrom=::ffff:192.0.2.5`, bearer: ada });
  expect(listed.json().credentials.map(({ id }: { id: string }) => id)).toEqual([near.id]);
});

test("ten thousand are done in one call", async () => {
  await addManyCredentials(hub.context.store, await hub.hub.accounts.get("ada"), 10_000, hub.clock);
  const request = { action: "revoke", filter: { owner: "ada" }, confirm: 10_000 };
  expect(await bulk(request, root)).toEqual({ status: 200, done: 10_000, failed: [] });
  expect(await bulk({ action: "revoke", filter: { owner: "ada" } }, root)).toMatchObject({ matches: 0 });
}, 60_000);
