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
  [root, ada] = [await hub.logIn("root"), await hub.logIn("ada")];
});

afterEach(() => hub.close());

const statistics = async (bearer: string, query = "") => {
  hub.clock.advance({ minutes: 5 });
  return (await hub.call({ url: `${API}/statistics${query}`, bearer })).json();
};
const listed = async (query: string) =>
  (await hub.call({ url: `${API}/credentials?owner=*&state=active&${query}`, bearer: root })).json()
    .credentials.length;

test("every count is the length of the list that its filter gives", async () => {
  const soon = await hub.issue("ada", "personal_token", { expiresAt: hub.clock.now() + 6 * 86_400_000 });
  await hub.issue("ada", "personal_token", { expiresAt: hub.clock.now() + 20 * 86_400_000 });
  await hub.issue("root", "app_token");
  await hub.issue("root", "hub_token");
  await hub.call({ url: "/verify", bearer: soon.secret });
  const { credentials, kinds, of } = await statistics(root);
  expect(of).toBe("hub");
  expect(credentials).toEqual({
    active: 4,
    frozen: 0,
    usedLastDay: 1,
    neverUsed: 3,
    unused90Days: 0,
    expiring7Days: 1,
    expiring30Days: 2,
  });
  expect(kinds.map((one: { kind: string; active: number }) => [one.kind, one.active])).toEqual([
    ["app_token", 1],
    ["hub_token", 1],
    ["personal_token", 2],
  ]);
  const inDays = (days: number) => new Date(hub.clock.now() + days * 86_400_000).toISOString();
  expect(await listed(`usedSince=${inDays(-1)}`)).toBe(1);
  expect(await listed("neverUsed=true")).toBe(3);
  expect(await listed(`expiresBy=${inDays(7)}`)).toBe(1);
  expect(await listed(`expiresBy=${inDays(30)}`)).toBe(2);
  expect(await listed(`unusedSince=${inDays(-90)}`)).toBe(0);
});

test("verdicts and sign-ins are counted by hour and by day, the refused ones by reason", async () => {
  const { secret, id } = await hub.issue("ada", "personal_token");
  await hub.call({ url: "/verify", bearer: secret });
  await hub.call({ method: "DELETE", url: `${API}/credentials/${id}`, bearer: ada });
  await hub.call({ url: "/verify", bearer: secret });
  await hub.call({
    method: "POST",
    url: `${API}/session`,
    json: { username: "ada", password: "not the password" },
  });
  const { hours, days, mostUsed } = await statistics(root);
  expect([hours.length, days.length]).toEqual([24, 90]);
  expect(days.at(-1)).toMatchObject({
    at: "2025-01-08T00:00:00.000Z",
    accepted: 1,
    refused: 1,
    reasons: { revoked: 1 },
    signIns: 2,
    refusedSignIns: 1,
  });
  expect(hours.at(-1)).toEqual({ ...days.at(-1), at: "2025-01-08T12:00:00.000Z" });
  expect(mostUsed).toMatchObject([{ id, owner: "ada", uses: 1 }]);

  hub.clock.advance({ days: 1 });
  const later = await statistics(await hub.logIn("root"));
  expect([later.days.at(-2).accepted, later.days.at(-1).accepted, later.hours.at(-1).accepted]).toEqual([
    1, 0, 0,
  ]);
});

test("counts survive a restart", async () => {
  const { secret } = await hub.issue("ada", "personal_token");
  await hub.call({ url: "/verify", bearer: secret });
  await hub.restart();
  expect((await statistics(root)).days.at(-1)).toMatchObject({ accepted: 1, signIns: 2 });
});

test("the newest events of the audit chain are checked, and the nodes are named", async () => {
  const { audit, nodes } = await statistics(root);
  expect(audit).toMatchObject({ intact: true, brokenAt: null, checkedFrom: 1 });
  expect(audit.sequence).toBeGreaterThan(0);
  expect(nodes).toMatchObject([{ answers: true }]);
});

// A member must learn nothing about other people's credentials, not even how many there are.
test("a member gets the counts of their own credentials and nothing of the hub", async () => {
  await hub.issue("ada", "personal_token");
  await hub.issue("root", "app_token");
  const own = await statistics(ada);
  expect(Object.keys(own).sort()).toEqual(["countedAt", "credentials", "kinds", "of"]);
  expect([own.of, own.credentials.active]).toEqual(["own", 1]);
  const refused = await hub.call({ url: `${API}/statistics?of=hub`, bearer: ada });
  expect(refused.statusCode).toBe(403);
});

test("an auditor reads the counts of the hub, and their own on request", async () => {
  await hub.addUser("olga", { role: "auditor" });
  await hub.issue("ada", "personal_token");
  const olga = await hub.logIn("olga");
  expect((await statistics(olga)).credentials.active).toBe(1);
  expect((await statistics(olga, "?of=own")).credentials.active).toBe(0);
});
