import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, createHarness, type Harness } from "../../testing/harness.ts";
import { WRITE_CALLS } from "../../testing/write-calls.ts";

const OWN = Object.entries(WRITE_CALLS).filter(([name]) => name.startsWith("mintmark "));
const API = "/api/mintmark/v1";
const LISTS: Readonly<Record<string, readonly string[]>> = {
  "/credentials": [
    "limit",
    "cursor",
    "kind",
    "state",
    "sort",
    "unusedSince",
    "createdSince",
    "usedFrom",
    "neverUsed",
  ],
  "/audit": ["limit", "cursor"],
  "/audit/check": ["after"],
  "/users": ["limit"],
  "/sessions": ["limit", "cursor"],
  "/collections": ["limit", "cursor"],
  "/statistics": ["of"],
};

let hub: Harness;
let bearer: string;

beforeAll(async () => {
  hub = await createHarness({ policy: { appTokenReveal: "always" } });
  await hub.addUser("ada", { role: "admin", grants: ["collection:*:*", "hub:*:*"] });
  bearer = await hub.logIn("ada");
});

afterAll(() => hub.close());

/** A refusal of one field says in words what stands there, or what was expected. */
async function expectToBeNamed(call: Call, field: string): Promise<void> {
  const { statusCode, body } = await hub.call({ bearer, ...call });
  expect(statusCode, body).toBe(400);
  expect(JSON.parse(body)).toMatchObject({
    field: expect.stringMatching(new RegExp(`^${field}(?:\\.|$)`)),
    detail: expect.stringContaining(field),
  });
}

describe.each(OWN)("%s names", (name, build) => {
  test("each field that holds something else than it may", async () => {
    const call = await build({ hub, me: "ada", tag: `t${OWN.findIndex(([one]) => one === name)}` });
    const json = (call.json ?? {}) as Readonly<Record<string, unknown>>;
    for (const field of Object.keys(json)) {
      // No field takes a list in a list.
      await expectToBeNamed({ ...call, json: { ...json, [field]: [[[]]] } }, field);
    }
  });
});

test.each(Object.entries(LISTS).flatMap(([path, fields]) => fields.map((field) => [path, field] as const)))(
  "GET %s names %s when it is not what it may be",
  async (path, field) => {
    await expectToBeNamed({ url: `${API}${path}?${field}=..` }, field);
  },
);

test("an unknown field is named, and so are the known ones", async () => {
  const call: Call = { method: "POST", url: `${API}/teams`, json: { name: "ops", colour: "red" } };
  const { statusCode, body } = await hub.call({ bearer, ...call });
  expect([statusCode, JSON.parse(body).field]).toEqual([400, "colour"]);
  expect(JSON.parse(body).detail).toContain("name");
});
