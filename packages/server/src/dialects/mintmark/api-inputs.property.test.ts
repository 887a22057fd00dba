import fc from "fast-check";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiCall } from "../../testing/api-calls.ts";
import { type Call, createHarness, type Harness } from "../../testing/harness.ts";
import { apiRoutes } from "./api.ts";
import { REQUEST_EXAMPLES } from "./request-examples.ts";
import type { RouteDescription } from "./route-description.ts";

/** Enough to try each field of the largest body with each hostile value now and then. */
const RUNS = 25;
const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  "",
  "x".repeat(5000),
  "\u0000",
  "\ud800",
  "../../etc/passwd",
  [],
  [[]],
  [null],
  {},
  { $ref: "#" },
  "__proto__",
];

const ROUTES = apiRoutes("/api/galaxy").flatMap(({ method, path, description }) =>
  description ? [{ method, path, description: description as RouteDescription }] : [],
);
const WITH_BODY = ROUTES.filter(({ description }) => description.body);
const WITH_QUERY = ROUTES.filter(({ description }) => description.query);

let hub: Harness;
let bearer: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { role: "admin", grants: ["hub:introspect:use"] });
  bearer = await hub.logIn("ada");
});

afterAll(() => hub.close());

/** Refused as a problem that names its code, with one of the statuses that the description declares. */
async function expectDeclared(call: Call, { description }: (typeof ROUTES)[number]) {
  const answer = await hub.call(call);
  const declared = [description.status, 200, 400, ...description.refusals];
  expect({ status: answer.statusCode, call, body: answer.body }).toSatisfy(() =>
    declared.includes(answer.statusCode),
  );
  if (answer.statusCode >= 400) {
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json()).toMatchObject({ status: answer.statusCode, code: expect.any(String) });
  }
  return answer;
}

function fieldsOf({ body }: RouteDescription): readonly string[] {
  return Object.keys((body as { readonly properties?: object } | undefined)?.properties ?? {});
}

test.each(WITH_BODY.map((route) => [route.description.id, route] as const))(
  "%s refuses a body that its schema does not allow with 400 and answers any other as declared",
  async (id, route) => {
    const schema = Compile(route.description.body ?? {});
    const example = REQUEST_EXAMPLES[id] as Record<string, unknown>;
    const names = [...fieldsOf(route.description), "notAField"];
    const call = await apiCall(hub, route, example, `inputs-${id.toLowerCase()}`);
    const property = fc.asyncProperty(
      fc.constantFrom(...names),
      fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 2 })),
      async (name, value) => {
        const json = { ...example, [name]: value };
        const answer = await expectDeclared({ ...call, json }, route);
        const allowed = name !== "notAField" && schema.Check(JSON.parse(JSON.stringify(json)));
        expect([json, allowed || answer.statusCode]).toEqual([json, allowed || 400]);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  },
);

test.each(WITH_BODY.map((route) => [route.description.id, route] as const))(
  "%s refuses a body that is no object",
  async (id, route) => {
    const call = await apiCall(hub, route, {}, `bodies-${id.toLowerCase()}`);
    for (const json of [[], "text", 1, null]) {
      const answer = await expectDeclared({ ...call, json }, route);
      expect([json, answer.statusCode]).toEqual([json, 400]);
    }
  },
);

test.each(WITH_QUERY.map((route) => [route.description.id, route] as const))(
  "%s answers every value of its query as declared",
  async (_id, route) => {
    const url = route.path.replace(/:\w+/g, "ada");
    const names = [...Object.keys(route.description.query ?? {}), "notAParameter"];
    const property = fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.constantFrom("-1", "0", "1e9", "*"))),
      async (query) => {
        const call = { method: route.method as "GET", url: `${url}?${new URLSearchParams(query)}`, bearer };
        const answer = await expectDeclared(call, route);
        expect("notAParameter" in query && answer.statusCode === route.description.status).toBe(false);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  },
);
