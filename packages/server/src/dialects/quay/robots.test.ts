import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const ROBOTS = "/api/v1/organization/ops/robots";

describe("Quay robots", () => {
  let hub: Harness;
  let root: string;
  let member: string;
  let stranger: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("mem");
    await hub.addUser("other");
    [root, member, stranger] = (await Promise.all(
      ["root", "mem", "other"].map((name) => hub.logIn(name)),
    )) as [string, string, string];
    const json = { name: "ops", grants: ["repository:ops/*:pull,push", "collection:ops.*:upload"] };
    await hub.call({ method: "POST", url: "/api/mintmark/v1/teams", bearer: root, json });
    await hub.call({ method: "PUT", url: "/api/mintmark/v1/teams/ops/members/mem", bearer: root });
  });

  afterAll(() => hub.close());

  const put = (short: string, bearer = member, json?: unknown) =>
    hub.call({
      method: "PUT",
      url: `${ROBOTS}/${short}`,
      bearer,
      ...(json === undefined ? {} : { json }),
    });
  const regenerate = (short: string, bearer = member) =>
    hub.call({ method: "POST", url: `${ROBOTS}/${short}/regenerate`, bearer });
  const logIn = (name: string, token: string, scope = "repository:ops/app:pull,push") =>
    hub.call({
      url: `/v2/auth?service=mintmark-registry&scope=${scope}`,
      headers: { authorization: `Basic ${Buffer.from(`${name}:${token}`).toString("base64")}` },
    });
  const accessOf = (jwt: string) =>
    JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()).access;

  test("a member of the team makes one, and its name and token log in at the registry", async () => {
    const made = await put("deploy", member, { description: "rolls out", unstructured_metadata: { a: 1 } });

    expect(made.statusCode).toBe(201);
    const { token, ...robot } = made.json();
    expect(robot).toEqual({
      name: "ops+deploy",
      created: expect.stringMatching(/ -0000$/),
      last_accessed: null,
      description: "rolls out",
      unstructured_metadata: {},
    });
    expect(token).toMatch(/^mma_/);
    const reply = await logIn("ops+deploy", token);
    expect(accessOf(reply.json().token)).toEqual([
      { type: "repository", name: "ops/app", actions: ["pull", "push"] },
    ]);
    expect((await logIn("ops+else", token)).statusCode).toBe(401);
    expect((await logIn("mem", token)).statusCode).toBe(401);
    // Of the team's grants only those of repositories are the robot's.
    const verify = await hub.call({ url: "/verify?scope=collection:ops.tools:upload", bearer: token });
    expect(verify.statusCode).toBe(403);
  });

  test("the token is in the answers of PUT and regenerate only, and regenerating ends the former at once", async () => {
    const { token } = (await put("build")).json();
    const seen = await hub.call({ url: `${ROBOTS}/build`, bearer: member });
    expect([seen.statusCode, seen.json().token]).toEqual([200, ""]);
    const list = (await hub.call({ url: `${ROBOTS}?permissions=true&token=true`, bearer: member })).json();
    expect(list.robots.map((one: { name: string; token: string }) => [one.name, one.token])).toContainEqual([
      "ops+build",
      "",
    ]);

    const again = await regenerate("build", root);
    expect([again.statusCode, again.json().name]).toEqual([200, "ops+build"]);
    expect((await logIn("ops+build", token)).statusCode).toBe(401);
    expect((await logIn("ops+build", again.json().token)).statusCode).toBe(200);
  });

  test("a robot holds the team's repository grants as they are at each moment", async () => {
    const { token } = (await put("follow")).json();
    const grants = ["repository:moved/*:pull"];
    const url = "/api/mintmark/v1/teams/ops";
    await hub.call({ method: "PATCH", url, bearer: root, json: { grants } });

    expect(accessOf((await logIn("ops+follow", token)).json().token)).toEqual([]);
    const moved = await logIn("ops+follow", token, "repository:moved/app:pull");
    expect(accessOf(moved.json().token)).toEqual([
      { type: "repository", name: "moved/app", actions: ["pull"] },
    ]);
    await hub.call({ method: "PATCH", url, bearer: root, json: { grants: ["repository:ops/*:pull,push"] } });
  });

  test.each([
    ["one letter", "a"],
    ["capitals", "Deploy"],
    ["a plus sign", "a+b"],
    ["more than 64 characters with the team", "a".repeat(61)],
  ])("a name of %s is refused", async (_what, short) => {
    expect((await put(encodeURIComponent(short))).statusCode).toBe(400);
  });

  test("a taken name is refused as Quay does, unknown robots and teams are not found", async () => {
    await put("taken");
    expect((await put("taken")).statusCode).toBe(400);
    expect((await put("ab", member, { description: "x".repeat(256) })).statusCode).toBe(400);
    expect((await hub.call({ url: `${ROBOTS}/none`, bearer: member })).statusCode).toBe(404);
    expect((await regenerate("none")).statusCode).toBe(404);
    expect((await hub.call({ url: "/api/v1/organization/none/robots", bearer: root })).statusCode).toBe(404);
  });

  test("somebody outside the team sees no robots and makes none", async () => {
    for (const reply of [
      await put("mine", stranger),
      await regenerate("deploy", stranger),
      await hub.call({ url: ROBOTS, bearer: stranger }),
      await hub.call({ method: "DELETE", url: `${ROBOTS}/deploy`, bearer: stranger }),
    ]) {
      expect(reply.statusCode).toBe(404);
    }
    expect((await hub.call({ url: ROBOTS })).statusCode).toBe(401);
  });

  test("a robot cannot make or manage robots with its own token", async () => {
    const { token } = (await put("self")).json();
    expect((await put("child", token)).statusCode).toBe(401);
  });

  test("deleting a robot, or its team, ends its token", async () => {
    const { token } = (await put("brief")).json();
    expect((await hub.call({ method: "DELETE", url: `${ROBOTS}/brief`, bearer: member })).statusCode).toBe(
      204,
    );
    expect((await logIn("ops+brief", token)).statusCode).toBe(401);

    await hub.call({ method: "POST", url: "/api/mintmark/v1/teams", bearer: root, json: { name: "gone" } });
    const url = "/api/v1/organization/gone/robots/ci";
    const made = (await hub.call({ method: "PUT", url, bearer: root })).json();
    await hub.call({ method: "DELETE", url: "/api/mintmark/v1/teams/gone", bearer: root });
    expect((await logIn("gone+ci", made.token)).statusCode).toBe(401);
    expect((await hub.call({ url, bearer: root })).statusCode).toBe(404);
  });

  test("making a token asks for a fresh log-in, deleting does not", async () => {
    await put("old");
    hub.clock.advance({ minutes: 11 });
    const reply = await regenerate("old");
    expect([reply.statusCode, reply.json().title]).toEqual([401, "fresh_login_required"]);
    expect((await hub.call({ method: "DELETE", url: `${ROBOTS}/old`, bearer: member })).statusCode).toBe(204);
  });
});
