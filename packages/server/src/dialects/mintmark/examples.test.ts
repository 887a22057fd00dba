import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiCall } from "../../testing/api-calls.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { ANSWER_VALUES } from "./answer-values.ts";
import { apiDocument, apiRoutes } from "./api.ts";
import { exampleAnswer, NO_EXAMPLE } from "./examples.ts";
import { REQUEST_EXAMPLES } from "./request-examples.ts";
import type { RouteDescription } from "./route-description.ts";

interface Content {
  readonly example?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

const ROUTES = apiRoutes("/api/galaxy").flatMap(({ method, path, description }) =>
  description ? [{ method, path, description: description as RouteDescription }] : [],
);
const WITH_BODY = ROUTES.filter(({ description }) => description.body);
const document = JSON.parse(JSON.stringify(apiDocument(apiRoutes("/api/galaxy")))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const OPERATIONS = Object.values(document.paths).flatMap((methods) => Object.values(methods));

let hub: Harness;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { role: "admin", grants: ["hub:introspect:use"] });
});

afterAll(() => hub.close());

test.each(WITH_BODY.map((route) => [route.description.id, route] as const))(
  "the example request of %s is answered as the description says",
  async (id, route) => {
    const example = REQUEST_EXAMPLES[id] as object;
    const answer = await hub.call(await apiCall(hub, route, example, `example-${id.toLowerCase()}`));
    expect([answer.statusCode, answer.body]).toEqual([route.description.status, expect.anything()]);
    if (route.description.answer) {
      expect([...Compile(route.description.answer).Errors(answer.json())]).toEqual([]);
    }
  },
);

test("every operation has an example of its request and of each answer that succeeds", () => {
  const contents = OPERATIONS.flatMap(({ operationId, requestBody, responses }) => [
    ...Object.entries(requestBody?.content ?? {}).map(([type, content]) => ({
      of: `${operationId} ${type}`,
      content,
    })),
    ...Object.entries(responses)
      .filter(([status]) => status.startsWith("2"))
      .flatMap(([status, { content = {} }]) =>
        Object.entries(content).map(([type, one]) => ({
          of: `${operationId} ${status} ${type}`,
          content: one,
        })),
      ),
  ]);
  const without = contents.filter(({ content }) => content.example === undefined);
  expect(without.map(({ of }) => of)).toEqual([]);
  expect(contents.length).toBeGreaterThan(100);
  const empty = contents.filter(({ content }) => JSON.stringify(content).includes(NO_EXAMPLE));
  // A field without a value: give it one in answer-values.ts.
  expect(empty.map(({ of }) => of)).toEqual([]);
});

test("every example is valid by its schema", () => {
  const invalid = ROUTES.flatMap(({ description: { id, body, answer, representation } }) => [
    ...errorsOf(`request of ${id}`, body, REQUEST_EXAMPLES[id]),
    ...[answer, representation].flatMap((schema) =>
      errorsOf(`answer of ${id}`, schema, schema && exampleAnswer(id, schema)),
    ),
  ]);
  expect(invalid).toEqual([]);
});

function errorsOf(of: string, schema: TSchema | undefined, example: unknown): readonly unknown[] {
  return schema === undefined ? [] : [...Compile(schema).Errors(example)].map((error) => ({ of, error }));
}

test("no example is left of an operation that is gone", () => {
  const ids = WITH_BODY.map(({ description }) => description.id);
  expect(Object.keys(REQUEST_EXAMPLES).filter((id) => !ids.includes(id))).toEqual([]);
  const fields = new Set(JSON.stringify(document).match(/"\w+"/g));
  const unused = Object.keys(ANSWER_VALUES).filter((key) =>
    key.split(".").some((part) => !fields.has(`"${part}"`)),
  );
  expect(unused).toEqual([]);
});
