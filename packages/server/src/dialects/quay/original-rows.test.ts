import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allDialects } from "../../dialects.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { testOriginalRows } from "../../testing/original-test.ts";

/** What Quay (main of August 2026) was asked, what it answered, and what the hub answers. */
let hub: Harness;
const words: Record<string, string> = { password: PASSWORD };

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { email: "ada@example.com" });
  await hub.addUser("root", { role: "admin" });
  const made = await hub.call({
    method: "POST",
    url: "/api/mintmark/v1/oauth/clients",
    bearer: await hub.logIn("root"),
    json: {
      clientId: "robot",
      name: "Robot",
      type: "public",
      implicit: true,
      redirectUris: ["https://app.example.com/back"],
    },
  });
  expect(made.statusCode).toBe(201);
  words["personal"] = (await hub.issue("ada", "personal_token", { scopes: ["user:admin"] })).secret;
  words["narrow"] = (await hub.issue("ada", "personal_token", { scopes: ["collection:*:download"] })).secret;
  words["uuid"] = (await hub.issue("ada", "app_token", { title: "first" })).id;
  words["spare"] = (await hub.issue("ada", "app_token", { title: "spare" })).id;
  for (const number of ["", "2", "3"]) {
    const { cookie = "", "x-csrf-token": csrf = "" } = await hub.logInByCookie("ada");
    words[`cookie${number}`] = cookie;
    words[`csrf${number}`] = csrf;
  }
});
afterAll(() => hub.close());

describe("Quay's API", () => {
  testOriginalRows("quay", () => ({ hub, words }));
});

describe("the description of the API", () => {
  it("names each route that Quay's clients call, and no other", async () => {
    const { paths } = (await hub.call({ url: "/api/v1/discovery" })).json<{
      paths: Record<string, Record<string, { operationId: string }>>;
    }>();
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${withoutNames(path)}`),
    );
    const served = allDialects(hub.hub, { galaxyPrefix: "/api/galaxy" } as never)
      .find(({ name }) => name === "quay")
      ?.routes.filter(({ path }) => path.startsWith("/api/v1/") && !/signin|signout|messages/.test(path))
      .map(({ method, path }) => `${method} ${withoutNames(path)}`);
    expect(described.sort()).toEqual([...(served ?? [])].sort());
  });

  it("has the names by which generated clients call", async () => {
    const reply = await hub.call({ url: "/api/v1/discovery" });
    for (const id of ["createAppToken", "getAppToken", "listAppTokens", "revokeAppToken"]) {
      expect(reply.body).toContain(`"operationId":"${id}"`);
    }
  });
});

function withoutNames(path: string): string {
  return path.replace(/\{\w+\}|:\w+/g, "*").replace(/\/$/, "");
}
