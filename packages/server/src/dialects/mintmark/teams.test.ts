import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";

describe.each(STORES)("teams, on %s,", (storeName) => {
  let store: StoreChoice;
  let nodes: readonly Harness[];
  let hub: Harness;
  let root: string;
  let watch: string;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    // On PostgreSQL changes are made on one node and looked at on the other.
    nodes = storeName === "SQLite" ? [hub] : [hub, await createHarness({ openStore: store.openStore })];
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("watch", { role: "auditor" });
    [root, watch] = (await Promise.all(["root", "watch"].map((name) => hub.logIn(name)))) as [string, string];
  }, 60_000);

  afterAll(async () => {
    for (const node of nodes) {
      await node.close();
    }
    await store.remove();
  });

  const far = () => nodes[nodes.length - 1] as Harness;
  const send = (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    json?: unknown,
    bearer = root,
  ) => hub.call({ method, url: `${API}${path}`, bearer, ...(json === undefined ? {} : { json }) });
  const mayPull = async (secret: string, repository: string) =>
    (await far().call({ url: `/verify?scope=repository:${repository}:pull`, bearer: secret })).statusCode;

  test("a member holds the team's grants in addition to her own, and leaving takes exactly these", async () => {
    await hub.addUser("ada", { grants: ["repository:own/*:pull"] });
    const { secret } = await hub.issue("ada", "personal_token");
    const made = await send("POST", "/teams", { name: "Build", grants: ["repository:build/*:pull"] });
    expect([made.statusCode, made.json().members]).toEqual([201, []]);
    expect(await mayPull(secret, "build/app")).toBe(403);

    const joined = await send("PUT", "/teams/build/members/ADA");
    expect([joined.statusCode, joined.json().members]).toEqual([200, ["ada"]]);
    await hub.hub.receipts.take();
    expect(await mayPull(secret, "build/app")).toBe(200);
    expect((await send("GET", "/users/ada")).json().teams).toEqual(["Build"]);

    const left = await send("DELETE", "/teams/Build/members/ada");
    expect(left.statusCode).toBe(204);
    expect(left.headers["x-mintmark-applied"]).toBe(`${nodes.length}/${nodes.length}`);
    expect(await mayPull(secret, "build/app")).toBe(403);
    expect(await mayPull(secret, "own/app")).toBe(200);
    expect((await send("GET", "/users/ada")).json().teams).toEqual([]);
    expect((await send("DELETE", "/teams/Build/members/ada")).statusCode).toBe(404);
    const events = (await send("GET", "/audit?limit=20")).json().events as {
      action: string;
      owner: string;
    }[];
    const told = events.filter(({ action }) => action === "team.join" || action === "team.leave");
    expect(told.map(({ action, owner }) => `${action} ${owner}`)).toEqual([
      "team.leave ada",
      "team.join ada",
    ]);
  });

  test("a team's new grants hold at once, and with the team all of them go", async () => {
    await hub.addUser("bob");
    const { secret } = await hub.issue("bob", "personal_token");
    await send("POST", "/teams", { name: "short-lived", grants: ["repository:old/*:pull"] });
    await send("PUT", "/teams/short-lived/members/bob");
    await hub.hub.receipts.take();
    expect(await mayPull(secret, "old/app")).toBe(200);

    const changed = await send("PATCH", "/teams/short-lived", { grants: ["repository:new/*:pull"] });
    expect(changed.statusCode).toBe(200);
    expect([await mayPull(secret, "old/app"), await mayPull(secret, "new/app")]).toEqual([403, 200]);
    const gone = await send("DELETE", "/teams/short-lived");
    expect(gone.headers["x-mintmark-applied"]).toBeDefined();
    expect(await mayPull(secret, "new/app")).toBe(403);
    expect((await send("GET", "/teams/short-lived")).statusCode).toBe(404);
  });

  test("the authority of an account names where each grant comes from", async () => {
    await hub.addUser("carol", { grants: ["instance:sales:use"] });
    await send("POST", "/teams", { name: "readers", grants: ["repository:docs/*:pull"] });
    await send("PUT", "/teams/readers/members/carol");

    const { grants } = (await send("GET", "/users/carol/authority")).json();
    expect(grants).toEqual([
      { grant: "user:admin", from: "own" },
      { grant: "repository:carol/*:*", from: "own" },
      { grant: "instance:sales:use", from: "own" },
      { grant: "repository:docs/*:pull", from: "team:readers" },
      { grant: "collection:*:download", from: "everyone" },
    ]);
    const carol = await hub.logIn("carol");
    expect((await send("GET", "/users/CAROL/authority", undefined, carol)).statusCode).toBe(200);
    expect((await send("GET", "/users/root/authority", undefined, carol)).statusCode).toBe(403);
    expect((await send("GET", "/users/carol/authority", undefined, watch)).statusCode).toBe(200);
    expect((await send("GET", "/users/nobody/authority")).statusCode).toBe(404);
  });

  test("deleting an instance takes a team's grants on it, and deleting a person takes her memberships", async () => {
    await hub.addUser("dora");
    await send("POST", "/instances", { id: "warehouse", displayName: "Warehouse" });
    await send("POST", "/teams", { name: "wh", grants: ["instance:warehouse:use", "repository:wh/*:pull"] });
    await send("PUT", "/teams/wh/members/dora");

    await send("DELETE", "/instances/warehouse");
    expect((await send("GET", "/teams/wh")).json().grants).toEqual(["repository:wh/*:pull"]);
    await send("DELETE", "/users/dora");
    expect((await send("GET", "/teams/wh")).json().members).toEqual([]);
  });

  test("auditors see teams, members do not, and only administrators change them", async () => {
    await hub.addUser("erin");
    const erin = await hub.logIn("erin");

    expect((await send("GET", "/teams", undefined, watch)).statusCode).toBe(200);
    expect((await send("GET", "/teams", undefined, erin)).statusCode).toBe(403);
    for (const bearer of [watch, erin]) {
      expect((await send("POST", "/teams", { name: "mine" }, bearer)).statusCode).toBe(403);
      expect((await send("PUT", "/teams/build/members/erin", undefined, bearer)).statusCode).toBe(403);
    }
  });

  test.each([
    ["a name with a plus sign, which parts a robot from its team", { name: "a+b" }, "malformed_request"],
    ["no name", { name: "" }, "malformed_request"],
    ["a grant that cannot be read", { name: "x", grants: ["nonsense"] }, "invalid_scope"],
    ["a field that is not known", { name: "x", colour: "red" }, "unknown_field"],
    ["an empty group", { name: "x", externalGroup: "" }, "malformed_request"],
  ])("%s is refused", async (_what, body, code) => {
    const reply = await send("POST", "/teams", body);
    expect([reply.statusCode, reply.json().code]).toEqual([400, code]);
  });

  test("a taken name is refused in any case, and unknown teams and persons are not found", async () => {
    expect((await send("POST", "/teams", { name: "BUILD" })).json().code).toBe("team_exists");
    expect((await send("PUT", "/teams/none/members/ada")).statusCode).toBe(404);
    expect((await send("PUT", "/teams/build/members/nobody")).statusCode).toBe(404);
    expect((await send("PATCH", "/teams/none", { description: "x" })).statusCode).toBe(404);
  });

  test("teams come page by page", async () => {
    const first = (await send("GET", "/teams?limit=1")).json();
    const second = (await send("GET", `/teams?limit=1&cursor=${first.nextCursor}`)).json();
    expect(first.teams).toHaveLength(1);
    expect(second.teams[0].name).not.toBe(first.teams[0].name);
  });
});
