import fc from "fast-check";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { API_BASE, apiDocument, apiRoutes } from "./api.ts";
import type { RouteDescription } from "./route-description.ts";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

const ROUTES = apiRoutes("/api/galaxy").flatMap(({ method, path, description }) =>
  description ? [{ method, path, description: description as RouteDescription }] : [],
);
/** They end the session that the test calls with. */
const LEFT_OUT = new Set(["closeSession", "endSession", "endOtherSessions", "changePassword"]);
/** Answers that every operation can give, whatever it says. */
const ALWAYS = [401, 403, 404, 409, 412, 415, 429, 503];

let hub: Harness;
let root: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
  root = await hub.logIn("root");
});

afterAll(() => hub.close());

/** Values that the schema allows, small enough to be refused for a reason of meaning only. */
function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) {
    return fc.constant(schema.const);
  }
  if (schema.enum) {
    return fc.constantFrom(...schema.enum);
  }
  if (schema.anyOf) {
    return fc.oneof(...schema.anyOf.map(valuesOf));
  }
  switch (schema.type) {
    case "object":
      return objectsOf(schema);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case "string":
      return textsOf(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectsOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  return fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)])),
    { requiredKeys: [...required] },
  );
}

function textsOf({ format }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") {
    return fc
      .date({ min: new Date(Date.UTC(2024, 0)), max: new Date(Date.UTC(2040, 0)), noInvalidDate: true })
      .map((at) => at.toISOString());
  }
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    fc.constantFrom("7d", "root", "collection:acme.*:upload", "10.0.0.0/8", "https://example.com/x"),
  );
}

const document = JSON.parse(JSON.stringify(apiDocument(apiRoutes("/api/galaxy")))) as {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly servers: readonly unknown[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<
    Record<string, Record<string, { readonly tags: readonly string[]; readonly operationId: string }>>
  >;
};

for (const { method, path, description } of ROUTES) {
  if (LEFT_OUT.has(description.id)) {
    continue;
  }
  const { query = {}, body } = description;
  const answers = description.answer && Compile(description.answer as TSchema);

  test(`${method} ${path}: what the description allows is answered as it says`, async () => {
    const inputs = fc.record({
      path: fc.constantFrom("ada", "unknown", "01944f70-0000-7000-8000-000000000000"),
      query: fc.record(Object.fromEntries(Object.keys(query).map((name) => [name, textsOf({})])), {
        requiredKeys: [],
      }),
      body: body ? valuesOf(body as Schema) : fc.constant(undefined),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const address = path.replace(/:\w+/g, encodeURIComponent(input.path));
        const search = new URLSearchParams(input.query as Record<string, string>);
        const answer = await hub.call({
          method: method as "GET",
          url: `${address}?${search}`,
          bearer: root,
          ...(input.body === undefined ? {} : { json: input.body }),
        });
        const said = [description.status, 200, 400, ...description.refusals, ...ALWAYS];
        expect(said).toContain(answer.statusCode);
        if (answer.statusCode === description.status && answers) {
          expect(answers.Check(answer.json())).toBe(true);
        }
        if (answer.statusCode >= 400) {
          expect(answer.json()).toMatchObject({ code: expect.any(String), requestId: expect.any(String) });
        }
      }),
      { numRuns: 8 },
    );
  });
}

test("a field that the description does not name is refused in every body", async () => {
  for (const { method, path, description } of ROUTES) {
    if (description.body && !LEFT_OUT.has(description.id)) {
      const answer = await hub.call({
        method: method as "POST",
        url: path.replace(/:\w+/g, "unknown"),
        bearer: root,
        json: { notAField: 1 },
      });
      expect([description.id, answer.statusCode >= 400 && answer.statusCode < 500]).toEqual([
        description.id,
        true,
      ]);
    }
  }
});

test("the document names its components, servers and tags, and ids are unique", () => {
  expect(Object.keys(document.components.schemas)).toContain("Credential");
  expect(document.servers).toHaveLength(1);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const known = document.tags.map(({ name }) => name);
  expect(operations.flatMap(({ tags }) => tags).filter((tag) => !known.includes(tag))).toEqual([]);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  const text = JSON.stringify(document.paths);
  expect(text).toContain('"$ref":"#/components/schemas/Credential"');
  const references = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? "");
  expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
});

test("the served document names the public address", async () => {
  const served = (await hub.call({ url: `${API_BASE}/openapi.json` })).json();
  expect(served.servers).toEqual([{ url: "http://hub.test" }]);
});
