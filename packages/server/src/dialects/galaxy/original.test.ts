import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCollection } from "../../testing/collection-tarball.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { testOriginalRows } from "../../testing/original-test.ts";

/** Requests that clients of the original make, with what galaxy_ng 4.9.2 answers to the same request. */
let harness: Harness;
let token: string;
let ben: string;
const words: Record<string, string> = {};

beforeAll(async () => {
  harness = await createHarness();
  await harness.addUser("ada", { grants: ["collection:acme.*:upload,delete", "collection:inbox.*:upload"] });
  await harness.addUser("ben");
  token = (await harness.issue("ada", "hub_token")).secret;
  ben = (await harness.issue("ben", "hub_token")).secret;
  for (const recipe of [
    { name: "base", version: "1.0.0" },
    { name: "tools", version: "1.0.0" },
    { name: "tools", version: "1.1.0" },
    { name: "tools", version: "2.0.0-rc.1" },
  ]) {
    expect((await upload(recipe)).statusCode).toBe(202);
    harness.clock.advance({ seconds: 1 });
  }
  await fillWords();
});
afterAll(async () => {
  await harness.close();
});

async function fillWords(): Promise<void> {
  const encode = (text: string, as: "utf8" | "latin1" = "utf8") => Buffer.from(text, as).toString("base64");
  await harness.addUser("umlaut", { password: "pässwörter lang genug" });
  for (const name of ["cara", "dora", "emil", "fred", "gita"]) {
    await harness.addUser(name);
  }
  words["token"] = token;
  words["self"] = (await harness.issue("cara", "hub_token")).secret;
  words["spare"] = (await harness.issue("dora", "hub_token")).secret;
  words["offline"] = (await harness.issue("emil", "offline_token")).secret;
  words["dead"] = (await harness.issue("fred", "hub_token")).secret;
  await harness.call({ method: "POST", url: "/oauth/revoke", form: { token: words["dead"] } });
  words["basic"] = encode(`gita:${PASSWORD}`);
  words["wrong"] = encode("gita:wrong");
  await harness.addUser("root", { role: "admin" });
  words["admin"] = encode(`root:${PASSWORD}`);
  words["latin"] = encode("umlaut:pässwörter lang genug", "latin1");
}

async function upload(recipe: Parameters<typeof buildCollection>[0], path = "/v3/artifacts/collections/") {
  const { bytes, filename } = await buildCollection(recipe);
  const raw = Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`),
    bytes,
    Buffer.from("\r\n--b--\r\n"),
  ]);
  return harness.call({
    method: "POST",
    url: `/api/galaxy${path}`,
    headers: { "content-type": "multipart/form-data; boundary=b", authorization: `Token ${token}` },
    raw,
  });
}

function call(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, json?: unknown, as = token) {
  const headers = { authorization: `Token ${as}` };
  return harness.call({
    method,
    url: `/api/galaxy${path}`,
    headers,
    ...(json === undefined ? {} : { json }),
  });
}

const TREE = "/v3/plugin/ansible/content/published/collections";

describe("what clients of the original ask", () => {
  testOriginalRows("galaxy", () => ({ hub: harness, words }));

  it("the lists are closed to strangers", async () => {
    for (const path of ["/v3/namespaces/", `${TREE}/index/`, "/content/staging/v3/collections/"]) {
      expect((await harness.call({ url: `/api/galaxy${path}` })).statusCode, path).toBe(401);
    }
  });

  it("the host alone leads to the API", async () => {
    const reply = await harness.call({ url: "/api/" });
    expect(reply.json()).toMatchObject({
      available_versions: { v3: "galaxy/v3/" },
      apis: { galaxy: "/api/galaxy/" },
    });
    const root = await harness.call({ url: "/api/galaxy/v3/" });
    expect([root.statusCode, root.headers.location]).toEqual([302, `/api/galaxy${TREE}/`]);
  });

  it("links repeat the filters in the order of their names, as the original writes them", async () => {
    const { links } = (await call("GET", "/v3/collections/acme/tools/versions/?offset=1&limit=1")).json<{
      links: unknown;
    }>();
    const path = `/api/galaxy${TREE}/index/acme/tools/versions/`;
    expect(links).toEqual({
      first: `${path}?limit=1&offset=0`,
      previous: `${path}?limit=1`,
      next: `${path}?limit=1&offset=2`,
      last: `${path}?limit=1&offset=2`,
    });
    const filtered = (await call("GET", "/v3/collections/?namespace=acme&limit=1")).json<{
      links: { next: string };
    }>();
    expect(filtered.links.next).toBe(`/api/galaxy${TREE}/index/?limit=1&namespace=acme&offset=1`);
  });
});

describe("an upload", () => {
  it.each([
    ["/content/staging/v3/artifacts/collections/", 202],
    ["/content/inbound-acme/v3/artifacts/collections/", 202],
    ["/content/published/v3/artifacts/collections/", 202],
    [`${TREE}/artifacts/`, 202],
    ["/content/inbound-other/v3/artifacts/collections/", 403],
    ["/content/rh-certified/v3/artifacts/collections/", 403],
    ["/content/nope/v3/artifacts/collections/", 404],
  ])("to %s is answered %i", async (path, status) => {
    const reply = await upload({ name: "base", version: "1.0.0" }, path);
    expect(reply.statusCode, reply.body).toBe(status);
  });

  it("to staging is approved as ansible.hub does it, by either way", async () => {
    const moved = await call("POST", "/v3/collections/acme/base/versions/1.0.0/move/staging/published/");
    expect(moved.statusCode).toBe(202);
    const { copy_task_id } = moved.json<{ copy_task_id: string }>();
    expect((await call("GET", `/v3/tasks/${copy_task_id}/`)).json()).toMatchObject({ state: "completed" });
    const found = (
      await call("GET", "/pulp/api/v3/content/ansible/collection_versions/?namespace=acme&name=base")
    ).json<{ results: { pulp_href: string }[] }>();
    const approved = await call(
      "POST",
      "/pulp/api/v3/repositories/ansible/ansible/staging/move_collection_version/",
      {
        collection_versions: found.results.map(({ pulp_href }) => pulp_href),
        destination_repositories: ["/api/galaxy/pulp/api/v3/repositories/ansible/ansible/published/"],
      },
    );
    expect(approved.statusCode, approved.body).toBe(202);
    const missing = await call("POST", "/v3/collections/acme/base/versions/9.9.9/move/staging/published/");
    expect(missing.statusCode).toBe(404);
    const elsewhere = await call("POST", "/v3/collections/acme/base/versions/1.0.0/move/published/rejected/");
    expect(elsewhere.statusCode).toBe(400);
  });

  it.each(["null", "[]", "{", '"text"', '{"collection_versions":null}'])(
    "move with the body %s is refused",
    async (raw) => {
      const reply = await harness.call({
        method: "POST",
        url: "/api/galaxy/pulp/api/v3/repositories/ansible/ansible/staging/move_collection_version/",
        headers: { authorization: `Token ${token}`, "content-type": "application/json" },
        raw,
      });
      expect(reply.statusCode).toBe(400);
    },
  );
});

describe("a namespace", () => {
  it("is created once, then a conflict", async () => {
    const first = await call("POST", "/v3/namespaces/", { name: "inbox", groups: [] });
    expect(first.statusCode, first.body).toBe(201);
    expect(first.json()).toMatchObject({ id: expect.any(Number), name: "inbox", groups: [], links: [] });
    const again = await call("POST", "/v3/namespaces/", { name: "inbox", groups: [] });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({ errors: [{ status: "409", code: "conflict" }] });
  });

  it("takes the words that ansible.hub sends, and gives them back", async () => {
    const words = {
      name: "inbox",
      company: "Acme",
      email: "dev@acme.example",
      avatar_url: "https://acme.example/logo.png",
      description: "Inbox",
      resources: "# Read",
      links: [{ name: "home", url: "https://acme.example" }],
      groups: [],
    };
    expect((await call("PUT", "/v3/namespaces/inbox/", words)).statusCode).toBe(200);
    expect((await call("GET", "/v3/namespaces/inbox/")).json()).toMatchObject(words);
  });

  it.each([
    ["POST", "/v3/namespaces/", { name: "" }, 400],
    ["POST", "/v3/namespaces/", {}, 400],
    ["POST", "/v3/namespaces/", null, 400],
    ["POST", "/v3/namespaces/", { name: "foreign" }, 403],
    ["PUT", "/v3/namespaces/inbox/", { links: [{ name: "x", url: "javascript:alert(1)" }] }, 400],
    ["PUT", "/v3/namespaces/inbox/", { company: 7 }, 400],
    ["DELETE", "/v3/namespaces/acme/", undefined, 400],
    ["DELETE", "/v3/namespaces/nope/", undefined, 404],
  ] as const)("%s %s %j is refused", async (method, path, body, status) => {
    expect((await call(method, path, body)).statusCode).toBe(status);
  });

  it("of somebody else is seen, and not changed", async () => {
    expect((await call("GET", "/v3/namespaces/acme/", undefined, ben)).statusCode).toBe(200);
    expect((await call("PUT", "/v3/namespaces/acme/", { company: "Ben" }, ben)).statusCode).toBe(403);
    expect((await call("DELETE", "/v3/namespaces/acme/", undefined, ben)).statusCode).toBe(403);
  });

  it("that is empty is deleted", async () => {
    expect((await call("DELETE", "/_ui/v1/namespaces/inbox/")).statusCode).toBe(204);
    expect((await call("GET", "/v3/namespaces/inbox/")).statusCode).toBe(404);
  });
});

describe("a download", () => {
  const path = "/v3/artifacts/collections/acme-base-1.0.0.tar.gz";
  const fetchPart = (headers: Record<string, string>) =>
    harness.call({ url: `/api/galaxy${path}`, headers: { authorization: `Token ${token}`, ...headers } });

  it("that broke off goes on where it stopped", async () => {
    const whole = await fetchPart({});
    const { etag } = whole.headers;
    expect([whole.statusCode, whole.headers["accept-ranges"]]).toEqual([200, "bytes"]);
    expect(whole.headers["last-modified"]).toMatch(/ GMT$/);
    const size = whole.rawPayload.length;
    const rest = await fetchPart({ range: "bytes=100-", "if-range": String(etag) });
    expect([rest.statusCode, rest.headers["content-range"]]).toEqual([206, `bytes 100-${size - 1}/${size}`]);
    expect(rest.rawPayload.equals(whole.rawPayload.subarray(100))).toBe(true);
    const end = await fetchPart({ range: "bytes=-10" });
    expect(end.rawPayload.equals(whole.rawPayload.subarray(size - 10))).toBe(true);
  });

  it.each([
    ["range", "bytes=999999999-", 416],
    ["range", "bytes=-0", 416],
    ["range", "bytes=9-3", 200],
    ["range", "lines=1-2", 200],
    ["range", "bytes=0-1,3-4", 200],
    ["range", "bytes=0-0", 206],
    ["if-none-match", "*", 304],
    ["if-none-match", '"other"', 200],
  ])("with %s: %s is answered %i", async (name, value, status) => {
    expect((await fetchPart({ [name]: value })).statusCode).toBe(status);
  });

  it("whose part belongs to other bytes comes whole", async () => {
    expect((await fetchPart({ range: "bytes=5-", "if-range": '"other"' })).statusCode).toBe(200);
  });

  it("asked for by HEAD tells its size and nothing else", async () => {
    const reply = await harness.call({
      method: "HEAD",
      url: `/api/galaxy${path}`,
      headers: { authorization: `Token ${token}` },
    });
    expect([reply.statusCode, reply.body]).toEqual([200, ""]);
    expect(Number(reply.headers["content-length"])).toBeGreaterThan(100);
  });
});

describe("a version", () => {
  it("is deleted by a caller that holds that action, and is gone", async () => {
    const url = `${TREE}/index/acme/tools/versions/2.0.0-rc.1/`;
    expect((await call("DELETE", url, undefined, ben)).statusCode).toBe(403);
    const reply = await call("DELETE", url);
    expect(reply.statusCode, reply.body).toBe(202);
    const { task } = reply.json<{ task: string }>();
    expect(
      (await harness.call({ url: task, headers: { authorization: `Token ${token}` } })).json(),
    ).toMatchObject({
      state: "completed",
    });
    expect((await call("GET", url)).statusCode).toBe(404);
    expect((await call("DELETE", url)).statusCode).toBe(404);
  });

  it("goes with its collection", async () => {
    expect((await call("DELETE", `${TREE}/index/acme/tools/`)).statusCode).toBe(202);
    expect((await call("GET", "/v3/collections/acme/tools/versions/")).json()).toMatchObject({
      meta: { count: 0 },
    });
  });
});
