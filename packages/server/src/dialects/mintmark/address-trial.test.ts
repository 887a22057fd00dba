import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
let ada: string;
let id: string;
let secret: string;

beforeAll(async () => {
  hub = await createHarness({ trustedProxies: ["127.0.0.1"] });
  await hub.addUser("ada");
  await hub.addUser("eve");
  ada = await hub.logIn("ada");
  ({ id, secret } = await hub.issue("ada", "personal_token"));
});

afterAll(() => hub.close());

const useFrom = async (address: string) =>
  (await hub.call({ url: "/verify", bearer: secret, headers: { "x-forwarded-for": address } })).statusCode;
const advice = async (bearer = ada) => {
  const reply = await hub.call({ url: `${API}/credentials/${id}/addresses`, bearer });
  return { status: reply.statusCode, body: reply.json() };
};
const patch = async (json: unknown) => {
  const reply = await hub.call({ method: "PATCH", url: `${API}/credentials/${id}`, bearer: ada, json });
  return { status: reply.statusCode, body: reply.json() };
};
const outsideEvents = () => hub.context.store.read.audit.list({ action: "credential.outside", limit: 10 });

test("the proposal is the shortest list that all uses of 90 days come from", async () => {
  expect((await advice()).body).toMatchObject({ proposed: [], complete: true, outside: [] });
  await useFrom("198.51.100.9");
  hub.clock.advance({ days: 91 });
  ada = await hub.logIn("ada");
  for (const address of [
    "10.2.3.4",
    "10.2.3.9",
    "10.2.3.200",
    "192.0.2.7",
    "2001:db8:1:2:aaaa::1",
    "2001:db8:1:2::9",
  ]) {
    await useFrom(address);
    hub.clock.advance({ seconds: 1 });
  }

  const { proposed } = (await advice()).body;

  expect([...proposed].sort()).toEqual(["10.2.3.0/24", "192.0.2.7", "2001:db8:1:2::/64"]);
});

test("a list on trial refuses nobody and reports those it would refuse, once in a while", async () => {
  const list = (await advice()).body.proposed;
  expect((await patch({ addressTrial: list })).body).toMatchObject({ addressTrial: list, addresses: null });

  expect(await useFrom("10.2.3.77")).toBe(200);
  expect(await outsideEvents()).toEqual([]);
  expect([await useFrom("203.0.113.5"), await useFrom("203.0.113.5")]).toEqual([200, 200]);
  await expect.poll(async () => (await outsideEvents()).length).toBe(1);

  const [event] = await outsideEvents();
  expect(event).toMatchObject({ credentialId: id, address: "203.0.113.5" });
  expect((await advice()).body.outside).toMatchObject([{ address: "203.0.113.5", uses: 2 }]);
});

test("the list is then enforced in one change, and the trial ends", async () => {
  const list = ["10.2.3.0/24", "192.0.2.7"];
  expect((await patch({ addresses: list, addressTrial: null })).body).toMatchObject({
    addresses: list,
    addressTrial: null,
  });

  expect([await useFrom("10.2.3.77"), await useFrom("203.0.113.5")]).toEqual([200, 401]);
});

test("a successor is on trial as its predecessor was, and the list is read as strictly as the other", async () => {
  expect((await patch({ addressTrial: ["10.1.2.3/8"] })).body.code).toBe("malformed_request");
  await patch({ addressTrial: ["10.0.0.0/8"] });
  const url = `${API}/credentials/${id}/rotate`;
  const rotated = await hub.call({ method: "POST", url, bearer: ada, json: {} });

  expect(rotated.json().credential.addressTrial).toEqual(["10.0.0.0/8"]);
});

test("somebody else's credential has no advice", async () => {
  expect((await advice(await hub.logIn("eve"))).status).toBe(404);
});
