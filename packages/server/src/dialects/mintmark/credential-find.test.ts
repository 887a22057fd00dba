import { afterEach, beforeEach, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
let root: string;
let ada: string;

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
  await hub.addUser("bob");
  [root, ada] = [await hub.logIn("root"), await hub.logIn("ada")];
});

afterEach(() => hub.close());

const get = async (url: string, bearer: string) => (await hub.call({ url: `${API}${url}`, bearer })).json();
const lookUp = (secret: string, bearer: string) =>
  hub.call({ method: "POST", url: `${API}/credentials/lookup`, bearer, json: { secret } });
const search = async (text: string, bearer = root) =>
  (await get(`/credentials?owner=*&search=${encodeURIComponent(text)}`, bearer)).credentials.map(
    (one: { id: string }) => one.id,
  );

test("a search finds a credential by its title, its hint and its owner's name", async () => {
  const nightly = await hub.issue("ada", "personal_token", { title: "Nightly 100% build_1" });
  const other = await hub.issue("bob", "personal_token", { title: "Ärger" });
  const { hint } = await get(`/credentials/${nightly.id}`, root);
  expect(await search("NIGHTLY")).toEqual([nightly.id]);
  expect(await search("100%")).toEqual([nightly.id]);
  expect(await search("build1")).toEqual([]);
  expect(await search(hint.slice(-4))).toEqual([nightly.id]);
  expect(await search(hint.replace("…", "..."))).toEqual([nightly.id]);
  expect(await search("bo")).toEqual([other.id]);
  expect(await search("Ärger")).toEqual([other.id]);
  expect(await search("nothing of the kind")).toEqual([]);
});

test("a member's search stays within the member's own credentials", async () => {
  await hub.issue("bob", "personal_token", { title: "secret plan" });
  const own = await hub.issue("ada", "personal_token", { title: "my plan" });
  const found = await get("/credentials?search=plan", ada);
  expect(found.credentials.map((one: { id: string }) => one.id)).toEqual([own.id]);
  expect((await hub.call({ url: `${API}/credentials?owner=*&search=plan`, bearer: ada })).statusCode).toBe(
    403,
  );
});

test("a list can be counted by the same filter", async () => {
  await hub.issue("ada", "personal_token");
  await hub.issue("ada", "app_token");
  await hub.issue("bob", "app_token");
  expect(await get("/credentials/count?owner=*", root)).toEqual({ count: 3, complete: true });
  expect(await get("/credentials/count?owner=*&kind=app_token", root)).toEqual({ count: 2, complete: true });
  expect(await get("/credentials/count", ada)).toEqual({ count: 2, complete: true });
  expect((await hub.call({ url: `${API}/credentials/count?owner=*`, bearer: ada })).statusCode).toBe(403);
});

test("staff learn whose a secret is, also one that was revoked, and the question is no use", async () => {
  const { secret, id } = await hub.issue("bob", "app_token");
  expect((await lookUp(secret, root)).json()).toMatchObject({
    credential: { id, owner: "bob", state: "active", lastUsedAt: null },
    reason: null,
  });
  await hub.call({ method: "DELETE", url: `${API}/credentials/${id}`, bearer: root });
  const { credential } = (await lookUp(` ${secret}\n`, root)).json();
  expect(credential).toMatchObject({ id, state: "revoked", lastUsedAt: null });
  const verdicts = (await get("/statistics", root)).days.at(-1);
  expect([verdicts.accepted, verdicts.refused]).toEqual([0, 0]);
});

// Somebody who holds a found secret could otherwise learn unnoticed whose it is.
test("the audit log says who asked about which credential, and never the secret", async () => {
  const { id, secret } = await hub.issue("ada", "app_token", { title: "Laptop" });
  await lookUp(secret, root);
  await lookUp("no secret of this hub", root);
  const { events } = await get("/audit?action=credential.lookup", root);
  expect(events).toMatchObject([{ actor: "root", owner: "ada", credentialId: id }]);
  expect(JSON.stringify(events)).not.toContain(secret.slice(4));
});

test("an unknown secret and a text that is no secret are told apart", async () => {
  const { secret } = await hub.issue("bob", "app_token");
  await hub.restart();
  const other = await createHarness();
  await other.addUser("eve");
  const stranger = await other.issue("eve", "app_token");
  await other.close();
  root = await hub.logIn("root");
  expect((await lookUp(stranger.secret, root)).json()).toEqual({ credential: null, reason: "unknown" });
  expect((await lookUp(secret.slice(1), root)).json()).toEqual({ credential: null, reason: "malformed" });
});

// Asking whose a secret is must not become a way for a member to test what they found.
test("a member may not ask whose a secret is", async () => {
  const { secret } = await hub.issue("bob", "app_token");
  expect((await lookUp(secret, ada)).statusCode).toBe(403);
});

test("the daily uses of a page come in one answer, without those of other people", async () => {
  const own = await hub.issue("ada", "personal_token");
  const unused = await hub.issue("ada", "app_token");
  const foreign = await hub.issue("bob", "personal_token");
  await hub.call({ url: "/verify", bearer: own.secret });
  await hub.call({ url: "/verify", bearer: foreign.secret });
  await hub.context.usage.flush();
  const ids = `ids=${own.id},${foreign.id},${unused.id}`;
  expect(await get(`/credentials/usage?${ids}`, ada)).toEqual({
    credentials: [
      { id: own.id, days: [{ day: "2025-01-08", count: 1 }] },
      { id: unused.id, days: [] },
    ],
  });
  expect((await get(`/credentials/usage?${ids}`, root)).credentials).toHaveLength(3);
  expect((await hub.call({ url: `${API}/credentials/usage?ids=x`, bearer: ada })).json()).toMatchObject({
    code: "malformed_request",
    field: "ids",
  });
});
