import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leastCost } from "../testing/cost.ts";
import { type Call, createHarness, type Harness } from "../testing/harness.ts";
import { publishCollection } from "../testing/publish-collection.ts";

/** What one request may take of the processor, with all lists as long as they may be. */
const MS_MAX = 250;
const TOKENS = 100;
const GRANTS = 1_000;
const SCOPES = 100;
const API = "/api/mintmark/v1";
/** Long, and none begins another. */
const name = (at: number) => `a${String(at).padStart(4, "0")}/${"long/".repeat(20)}x`;

let hub: Harness;
let bearer: string;
let introspector: string;
let secrets: readonly string[];

beforeAll(async () => {
  hub = await createHarness();
  const grants = Array.from({ length: GRANTS - 2 }, (_, at) => `repository:${name(at)}:pull,push`);
  await hub.addUser("ada", { role: "admin", grants: [...grants, "collection:*:*", "hub:introspect:use"] });
  bearer = await hub.logIn("ada");
  const scopes = Array.from({ length: SCOPES }, (_, at) => `repository:${name(at)}:pull`);
  const issued = [];
  for (let at = 0; at < TOKENS; at += 1) {
    issued.push((await hub.issue("ada", "personal_token", { title: `t${at}`, scopes })).secret);
  }
  secrets = issued;
  introspector = (await hub.issue("ada", "personal_token", { scopes: ["hub:introspect:use"] })).secret;
  await publishCollection(hub, "ada");
}, 60_000);

afterAll(() => hub.close());

async function cost(call: Call): Promise<number> {
  return leastCost(async () => {
    const { statusCode, body } = await hub.call({ bearer, ...call });
    expect({ statusCode, body: statusCode < 400 ? "" : body }).toEqual({ statusCode: 200, body: "" });
  }, MS_MAX);
}

describe("costs little with the longest lists that are allowed:", () => {
  test("introspecting 100 tokens with 100 long scopes each, of an owner with 1,000 grants", async () => {
    const call: Call = {
      method: "POST",
      url: `${API}/introspection`,
      bearer: introspector,
      json: { secrets },
    };

    expect(await cost(call)).toBeLessThan(MS_MAX);
  });

  test("introspecting one of them narrowed to 100 scopes", async () => {
    const scope = Array.from({ length: SCOPES }, (_, at) => `repository:${name(at)}:pull`).join(" ");
    const form = { token: secrets[0] ?? "", scope };

    expect(await cost({ method: "POST", url: "/oauth/introspect", bearer: introspector, form })).toBeLessThan(
      MS_MAX,
    );
  });

  test.each([
    `${API}/session`,
    `${API}/credentials?limit=100`,
    `${API}/credentials?owner=*&state=active&limit=100&sort=-lastUsed`,
    `${API}/users?limit=100`,
    `${API}/users/ada/authority`,
    `${API}/audit?limit=100`,
    `${API}/collections?limit=100`,
    "/api/galaxy/v3/collections/?limit=100",
    "/api/galaxy/v3/plugin/ansible/search/collection-versions/?limit=100",
  ])("GET %s", async (url) => {
    expect(await cost({ url })).toBeLessThan(MS_MAX);
  });
});
