import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const TOKEN = "/auth/realms/redhat-external/protocol/openid-connect/token";

describe.each(STORES)("services, on %s,", (storeName) => {
  let store: StoreChoice;
  let nodes: readonly Harness[];
  let hub: Harness;
  let bearers: Record<"root" | "ada" | "eve" | "watch", string>;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    nodes = storeName === "SQLite" ? [hub] : [hub, await createHarness({ openStore: store.openStore })];
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("watch", { role: "auditor" });
    await hub.addUser("ada");
    await hub.addUser("eve");
    const [root, ada, eve, watch] = (await Promise.all(
      ["root", "ada", "eve", "watch"].map((name) => hub.logIn(name)),
    )) as [string, string, string, string];
    bearers = { root, ada, eve, watch };
    await as("root").post("/services", {
      name: "nightly",
      description: "the nightly build",
      stewards: ["ada"],
      grants: ["collection:acme.*:upload,download", "repository:acme/*:pull,push"],
    });
  }, 60_000);

  afterAll(async () => {
    for (const node of nodes) {
      await node.close();
    }
    await store.remove();
  });

  const far = () => nodes[nodes.length - 1] as Harness;
  const as = (who: keyof typeof bearers) => {
    const send = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, json?: unknown) =>
      hub.call({
        method,
        url: `${API}${path}`,
        bearer: bearers[who],
        ...(json === undefined ? {} : { json }),
      });
    return {
      get: (path: string) => send("GET", path),
      post: (path: string, json?: unknown) => send("POST", path, json ?? {}),
      put: (path: string, json: unknown) => send("PUT", path, json),
      patch: (path: string, json: unknown) => send("PATCH", path, json),
      remove: (path: string) => send("DELETE", path),
    };
  };
  const make = (who: keyof typeof bearers, body: Record<string, unknown>) =>
    as(who).post("/credentials", { owner: "nightly", ...body });
  const verify = async (secret: string, scope = "") =>
    (await far().call({ url: `/verify${scope}`, bearer: secret })).statusCode;
  const events = async (action: string) =>
    (await as("root").get(`/audit?action=${action}&limit=50`)).json().events as {
      actor: string;
      owner: string;
    }[];

  test("its stewards see a service, administrators and auditors see all, and for others there is none", async () => {
    const seen = await as("ada").get("/services/NIGHTLY");
    expect(seen.json()).toMatchObject({
      name: "nightly",
      description: "the nightly build",
      stewards: ["ada"],
      orphaned: false,
      clientId: null,
    });
    expect((await as("watch").get("/services/nightly")).statusCode).toBe(200);
    expect((await as("eve").get("/services/nightly")).json()).toMatchObject({ code: "not_found" });
    expect((await as("eve").get("/services")).json().services).toEqual([]);
    expect((await as("ada").get("/services")).json().services).toHaveLength(1);
    expect((await as("eve").get("/credentials?owner=nightly")).statusCode).toBe(404);
    expect((await as("eve").get("/credentials?owner=nobody")).statusCode).toBe(404);
    expect((await make("eve", { kind: "app_token", title: "x" })).statusCode).toBe(404);
  });

  test.each([
    ["offline_token", {}],
    ["hub_token", {}],
    ["app_token", { title: "ci" }],
    ["platform_key", {}],
    ["personal_token", { title: "deploy", scopes: ["repository:acme/*:pull"] }],
  ])("a steward makes, lists and revokes a service's %s", async (kind, more) => {
    const made = await make("ada", { kind, ...more });
    expect([made.statusCode, made.json().credential.owner]).toEqual([201, "nightly"]);
    const { id } = made.json().credential;
    const listed = (await as("ada").get("/credentials?owner=nightly&state=active")).json().credentials;
    expect(listed.map((one: { id: string }) => one.id)).toContain(id);
    expect((await as("eve").get(`/credentials/${id}`)).statusCode).toBe(404);
    expect((await as("eve").remove(`/credentials/${id}`)).statusCode).toBe(404);
    const [issue] = await events("credential.issue");
    expect(issue).toMatchObject({ actor: "ada", owner: "nightly" });
    expect((await as("ada").get(`/credentials/${id}`)).statusCode).toBe(200);
    expect((await as("ada").remove(`/credentials/${id}`)).statusCode).toBe(204);
  });

  test("scopes beyond the service's grants are refused, and an administrator who is no steward makes none", async () => {
    const beyond = { kind: "personal_token", scopes: ["repository:other/*:pull"] };
    expect((await make("ada", beyond)).json().code).toBe("invalid_scope");
    expect((await make("ada", { kind: "personal_token", scopes: ["user:admin"] })).json().code).toBe(
      "invalid_scope",
    );
    expect((await make("root", { kind: "app_token", title: "x" })).statusCode).toBe(403);
    expect((await as("root").post("/services/nightly/client")).statusCode).toBe(403);
    expect((await as("ada").put("/services/nightly/grants", { grants: [] })).statusCode).toBe(403);
    expect((await as("ada").patch("/services/nightly", { stewards: ["eve"] })).statusCode).toBe(403);
    expect((await as("ada").remove("/services/nightly")).statusCode).toBe(403);
    expect((await as("ada").patch("/services/nightly", { description: "ours" })).statusCode).toBe(200);
  });

  test("making for a service asks for a fresh log-in, as making for oneself does", async () => {
    await hub.addUser("slow");
    await as("root").post("/services", { name: "slowly", stewards: ["slow"] });
    const bearer = await hub.logIn("slow");
    hub.clock.advance({ minutes: 11 });
    const json = { owner: "slowly", kind: "app_token", title: "x" };
    const reply = await hub.call({ method: "POST", url: `${API}/credentials`, bearer, json });
    expect(reply.json().code).toBe("fresh_login_required");
    bearers = { ...bearers, root: await hub.logIn("root"), ada: await hub.logIn("ada") };
  });

  test("fewer grants of the service hold on every node at once", async () => {
    await as("root").post("/services", {
      name: "shrink",
      stewards: ["ada"],
      grants: ["repository:a/*:pull"],
    });
    const made = await as("ada").post("/credentials", { owner: "shrink", kind: "personal_token" });
    const { secret } = made.json();
    expect(await verify(secret, "?scope=repository:a/b:pull")).toBe(200);
    const changed = await as("root").put("/services/shrink/grants", { grants: [] });
    expect(changed.headers["x-mintmark-applied"]).toBe(`${nodes.length}/${nodes.length}`);
    expect(await verify(secret, "?scope=repository:a/b:pull")).toBe(403);
  });

  test("nothing that is for people opens for a service", async () => {
    const open = { username: "nightly", password: PASSWORD };
    expect((await hub.call({ method: "POST", url: `${API}/session`, json: open })).json().code).toBe(
      "invalid_login",
    );
    expect((await as("root").patch("/users/nightly", { password: PASSWORD })).statusCode).toBe(404);
    expect((await as("root").get("/users/nightly")).statusCode).toBe(404);
    expect((await as("root").put("/users/nightly/grants", { grants: [] })).statusCode).toBe(404);
    const users = (await as("root").get("/users?limit=200")).json().users as { username: string }[];
    expect(users.map(({ username }) => username)).not.toContain("nightly");
    const { secret } = (await make("ada", { kind: "personal_token" })).json();
    for (const url of ["/credentials", "/services", "/session/sessions"]) {
      expect((await hub.call({ url: `${API}${url}`, bearer: secret })).statusCode).not.toBe(200);
    }
    const self = { kind: "app_token", title: "x" };
    const making = { method: "POST" as const, url: `${API}/credentials`, bearer: secret, json: self };
    expect((await hub.call(making)).statusCode).toBe(403);
    expect((await as("root").put("/services/nightly/grants", { grants: ["user:admin"] })).json().code).toBe(
      "invalid_scope",
    );
  });

  test("names share one space with user names, and a service needs a steward who is a person", async () => {
    const post = async (json: Record<string, unknown>) => {
      const reply = await as("root").post("/services", json);
      return [reply.statusCode, reply.json().code];
    };
    expect(await post({ name: "ADA", stewards: ["ada"] })).toEqual([409, "user_exists"]);
    const user = await as("root").post("/users", { username: "nightly", role: "member" });
    expect([user.statusCode, user.json().code]).toEqual([409, "user_exists"]);
    expect(await post({ name: "lonely", stewards: [] })).toEqual([400, "steward_required"]);
    expect(await post({ name: "lonely" })).toEqual([400, "steward_required"]);
    expect(await post({ name: "lonely", stewards: ["nightly"] })).toEqual([400, "malformed_request"]);
    expect(await post({ name: "lonely", stewards: ["nobody"] })).toEqual([400, "malformed_request"]);
    expect(await post({ name: "acme", stewards: ["ada"] })).toEqual([409, "namespace_taken"]);
    expect((await as("eve").post("/services", { name: "x", stewards: ["eve"] })).statusCode).toBe(403);
  });

  test("a steward who goes breaks nothing, and the last one that goes leaves an orphan that is told of", async () => {
    await hub.addUser("kim");
    await hub.addUser("lee");
    await as("root").post("/services", {
      name: "orphan",
      stewards: ["kim", "lee"],
      grants: ["repository:o/*:pull"],
    });
    const kim = await hub.logIn("kim");
    const json = { owner: "orphan", kind: "personal_token" };
    const made = await hub.call({ method: "POST", url: `${API}/credentials`, bearer: kim, json });
    const { secret } = made.json();

    await as("root").patch("/users/kim", { disabled: true });
    expect(await verify(secret)).toBe(200);
    expect((await as("root").get("/services/orphan")).json().orphaned).toBe(false);
    expect((await events("service.orphaned")).filter(({ owner }) => owner === "orphan")).toEqual([]);

    await as("root").remove("/users/lee");
    expect(await verify(secret)).toBe(200);
    expect((await as("root").get("/services/orphan")).json()).toMatchObject({
      orphaned: true,
      stewards: ["kim"],
    });
    const told = (await events("service.orphaned")).filter(({ owner }) => owner === "orphan");
    expect(told).toHaveLength(1);
    await as("root").patch("/services/orphan", { stewards: ["ada"] });
    expect((await as("root").get("/services/orphan")).json().orphaned).toBe(false);
  });

  test("its client gets bearers that act as the service, until the next secret takes their place", async () => {
    const made = await as("ada").post("/services/nightly/client");
    expect(made.statusCode).toBe(201);
    const { clientId, clientSecret } = made.json();
    const exchange = (secret: string) =>
      hub.call({
        method: "POST",
        url: TOKEN,
        // As ansible-core 2.19 sends it.
        form: {
          client_id: clientId,
          client_secret: secret,
          scope: "api.console",
          grant_type: "client_credentials",
        },
      });
    const token = (await exchange(clientSecret)).json();
    expect(Number.isInteger(token.expires_in)).toBe(true);
    const claims = JSON.parse(Buffer.from(token.access_token.split(".")[1], "base64url").toString());
    expect(claims.preferred_username).toBe("nightly");
    expect(claims.scope).toContain("collection:acme.*:upload,download");
    expect(claims.scope).not.toContain("repository");
    const me = await hub.call({ url: "/api/galaxy/_ui/v1/me/", bearer: token.access_token });
    expect([me.statusCode, me.json().username]).toEqual([200, "nightly"]);

    const again = (await as("ada").post("/services/nightly/client")).json();
    expect(again.clientId).toBe(clientId);
    expect((await exchange(clientSecret)).statusCode).toBe(401);
    expect((await far().call({ url: "/api/galaxy/_ui/v1/me/", bearer: token.access_token })).statusCode).toBe(
      401,
    );
    expect((await exchange(again.clientSecret)).statusCode).toBe(200);
    // A steward must not get a look at everybody's tokens by way of her service.
    const peek = await hub.call({
      method: "POST",
      url: "/oauth/introspect",
      form: { client_id: clientId, client_secret: again.clientSecret, token: again.clientSecret },
    });
    expect(peek.statusCode).toBe(403);
  });

  test("deleting a service ends everything of it and frees its name", async () => {
    await as("root").post("/services", { name: "brief", stewards: ["ada"] });
    const { secret } = (
      await as("ada").post("/credentials", { owner: "brief", kind: "personal_token" })
    ).json();
    const client = (await as("ada").post("/services/brief/client")).json();
    const gone = await as("root").remove("/services/brief");
    expect([gone.statusCode, gone.headers["x-mintmark-applied"]]).toEqual([
      204,
      `${nodes.length}/${nodes.length}`,
    ]);
    expect(await verify(secret)).toBe(401);
    const exchange = await far().call({
      method: "POST",
      url: TOKEN,
      form: {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_type: "client_credentials",
      },
    });
    expect(exchange.statusCode).toBe(401);
    expect((await as("root").get("/services/brief")).statusCode).toBe(404);
    expect((await as("root").post("/services", { name: "brief", stewards: ["ada"] })).statusCode).toBe(201);
  });

  test("somebody who is no steward any more makes nothing for the service", async () => {
    await as("root").post("/services", { name: "handed-over", stewards: ["ada", "eve"] });
    await as("root").patch("/services/handed-over", { stewards: ["eve"] });
    const made = await as("ada").post("/credentials", {
      owner: "handed-over",
      kind: "app_token",
      title: "x",
    });
    expect(made.statusCode).toBe(404);
    expect((await as("ada").get("/services/handed-over")).statusCode).toBe(404);
  });
});

describe("moving a credential to a service", () => {
  let hub: Harness;
  let root: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("root", { role: "admin" });
    root = await hub.logIn("root");
    const services = [
      { name: "deploy", stewards: ["pat", "quinn"], grants: ["collection:acme.*:upload,download"] },
      { name: "foreign", stewards: ["root"] },
    ];
    await hub.addUser("pat");
    await hub.addUser("quinn");
    for (const json of services) {
      await hub.call({ method: "POST", url: `${API}/services`, bearer: root, json });
    }
  });

  afterAll(() => hub.close());

  const move = async (id: string, owner: string, who = "pat") => {
    const bearer = await hub.logIn(who);
    return hub.call({ method: "PATCH", url: `${API}/credentials/${id}`, bearer, json: { owner } });
  };
  const basic = (name: string, secret: string) =>
    hub.call({
      url: "/api/galaxy/_ui/v1/me/",
      headers: { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}` },
    });

  test("no client notices: the same secret goes on, with the old name too, even when that person is gone", async () => {
    const { secret, id } = await hub.issue("pat", "hub_token");
    const moved = await move(id, "deploy");
    expect([moved.statusCode, moved.json().owner]).toEqual([200, "deploy"]);
    expect([...moved.json().scopes].sort()).toEqual([
      "collection:*:download",
      "collection:acme.*:upload,download",
    ]);
    expect(moved.headers["x-mintmark-applied"]).toBe("1/1");
    expect((await basic("pat", secret)).json().username).toBe("deploy");

    await hub.call({ method: "DELETE", url: `${API}/users/pat`, bearer: root });
    expect((await basic("pat", secret)).statusCode).toBe(200);
    expect((await basic("deploy", secret)).statusCode).toBe(200);
    expect((await basic("quinn", secret)).statusCode).toBe(401);
    const json = { username: "PAT", role: "member" };
    const taken = await hub.call({ method: "POST", url: `${API}/users`, bearer: root, json });
    expect([taken.statusCode, taken.json().code]).toEqual([409, "user_exists"]);
    const { events } = (await hub.call({ url: `${API}/audit?action=credential.move`, bearer: root })).json();
    expect(events[0]).toMatchObject({
      actor: "pat",
      owner: "deploy",
      details: { from: "pat", to: "deploy" },
    });
  });

  test("a slot that the service has filled refuses, and nothing changes", async () => {
    const { secret, id } = await hub.issue("quinn", "hub_token");
    const refused = await move(id, "deploy", "quinn");
    expect([refused.statusCode, refused.json().code]).toEqual([409, "slot_taken"]);
    expect((await basic("quinn", secret)).json().username).toBe("quinn");
  });

  test("only the owner moves it, and only to a service that she is a steward of", async () => {
    const { id } = await hub.issue("quinn", "personal_token");
    expect((await move(id, "foreign", "quinn")).statusCode).toBe(404);
    expect((await move(id, "nobody", "quinn")).statusCode).toBe(404);
    expect((await move(id, "root", "quinn")).statusCode).toBe(404);
    expect((await move(id, "foreign", "root")).statusCode).toBe(403);
    const narrow = await hub.issue("quinn", "personal_token", { scopes: ["repository:quinn/app:pull"] });
    expect((await move(narrow.id, "deploy", "quinn")).json().code).toBe("nothing_left");
  });

  test("a moved credential is rotated by a steward, and the successor is good under the former name too", async () => {
    await hub.addUser("rhea");
    const json = { name: "rotated", stewards: ["rhea"], grants: ["collection:acme.*:download"] };
    await hub.call({ method: "POST", url: `${API}/services`, bearer: root, json });
    const { secret, id } = await hub.issue("rhea", "hub_token");
    expect((await move(id, "rotated", "rhea")).statusCode).toBe(200);
    const bearer = await hub.logIn("rhea");
    const rotate = { method: "POST" as const, url: `${API}/credentials/${id}/rotate`, bearer };
    const made = await hub.call({ ...rotate, json: { old: { mode: "timed", for: "1h" } } });
    expect([made.statusCode, made.json().credential?.owner]).toEqual([201, "rotated"]);
    for (const name of ["rhea", "rotated"]) {
      expect((await basic(name, made.json().secret)).json().username).toBe("rotated");
      expect((await basic(name, secret)).json().username).toBe("rotated");
    }
  });

  test("a moved platform key still signs in at IBM's path under the former name", async () => {
    const { secret, id } = await hub.issue("quinn", "platform_key");
    expect((await move(id, "deploy", "quinn")).statusCode).toBe(200);
    const json = { username: "quinn", api_key: secret };
    const signIn = await hub.call({ method: "POST", url: "/icp4d-api/v1/authorize", json });
    expect(signIn.statusCode).toBe(200);
  });
});
