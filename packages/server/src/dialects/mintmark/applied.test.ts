import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("root", { role: "admin" });
  await hub.addUser("ada");
});
afterAll(() => hub.close());

type Method = "PUT" | "PATCH" | "POST" | "DELETE";
const TAKING: readonly (readonly [what: string, method: Method, path: string, json?: object])[] = [
  ["disabling an account", "PATCH", "/users/ada", { disabled: true }],
  ["replacing grants", "PUT", "/users/ada/grants", { grants: [] }],
  ["giving one grant", "POST", "/users/ada/grants", { grant: "collection:a.b:upload" }],
  ["taking one grant", "DELETE", "/users/ada/grants", { grant: "collection:a.b:upload" }],
  ["replacing the grants of everybody", "PUT", "/grants/authenticated", { grants: [] }],
  ["deleting an account", "DELETE", "/users/ada"],
  ["deleting an instance", "DELETE", "/instances/hr"],
  ["deleting a client", "DELETE", "/oauth/clients/app"],
  ["signing out everywhere else", "DELETE", "/sessions"],
  [
    "changing the password",
    "PUT",
    "/password",
    { currentPassword: PASSWORD, newPassword: "another long password" },
  ],
];

// A caller that takes power away must be able to see that every node has applied it.
test("whatever takes power away says on how many nodes it is in force", async () => {
  const headers = await hub.logInByCookie("root");
  const call = (method: Method, path: string, json?: object) =>
    hub.call({ method, url: `${API}${path}`, headers, ...(json === undefined ? {} : { json }) });
  await call("POST", "/instances", { id: "hr", displayName: "HR" });
  const redirectUris = ["https://app.test/callback"];
  await call("POST", "/oauth/clients", { clientId: "app", name: "App", type: "public", redirectUris });
  for (const [what, method, path, json] of TAKING) {
    const reply = await call(method, path, json);
    expect([what, Math.floor(reply.statusCode / 100)]).toEqual([what, 2]);
    expect([what, reply.headers["x-mintmark-applied"]]).toEqual([what, "1/1"]);
  }
});
