import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { buildCollection, type CollectionRecipe, sha256Hex } from "../../testing/collection-tarball.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

let harness: Harness;
let token: string;

beforeEach(async () => {
  harness = await createHarness();
  await harness.addUser("ada", { grants: ["collection:acme.*:upload"] });
  token = (await harness.issue("ada", "hub_token")).secret;
});
afterEach(async () => {
  await harness.close();
});

const nobody = anonymousCaller({ address: null, agent: "test" });
const ROOT = "/api/galaxy";
const BOUNDARY = "----AnsibleFormBoundary";

interface Sent {
  readonly sha256?: string;
  readonly root?: string;
  readonly as?: string;
  readonly filename?: string;
}

async function publish(recipe: CollectionRecipe, sent: Sent = {}) {
  const { bytes, filename } = await buildCollection(recipe);
  const raw = Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${sent.filename ?? filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    bytes,
    Buffer.from(
      `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n${sent.sha256 ?? sha256Hex(bytes)}\r\n--${BOUNDARY}--\r\n`,
    ),
  ]);
  return harness.call({
    method: "POST",
    url: `${sent.root ?? ROOT}/v3/artifacts/collections/`,
    headers: {
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
      authorization: `Token ${sent.as ?? token}`,
    },
    raw,
  });
}

async function published(recipe: CollectionRecipe, sent: Sent = {}) {
  const reply = await publish(recipe, sent);
  expect(reply.statusCode, reply.body).toBe(202);
  const { task } = reply.json<{ task: string }>();
  return (await get(task, sent.as)).json<Record<string, unknown>>();
}

function get(url: string, as = token) {
  return harness.call({ url, headers: { authorization: `Token ${as}` } });
}

describe("publishing", () => {
  it("answers with an import whose path ends in its id and that is finished at once", async () => {
    const reply = await publish({});
    expect(reply.statusCode).toBe(202);
    const { task } = reply.json<{ task: string }>();
    expect(task).toMatch(/^\/api\/galaxy\/v3\/imports\/collections\/[0-9a-f-]{36}\/$/);
    expect((await get(task)).json()).toMatchObject({
      state: "completed",
      finished_at: expect.any(String),
      error: null,
      messages: [],
    });
  });

  it("of the same bytes twice is answered like the first time", async () => {
    await published({});
    expect(await published({})).toMatchObject({ state: "completed" });
    expect((await get(`${ROOT}/v3/collections/acme/tools/versions/`)).json()).toMatchObject({
      meta: { count: 1 },
    });
  });

  it("of other bytes under a version that exists is a conflict and changes nothing", async () => {
    await published({});
    const before = (await get(`${ROOT}/v3/collections/acme/tools/versions/1.0.0/`)).json();
    const reply = await publish({ files: { "README.md": "other" } });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ errors: [{ status: "400", code: "conflict" }] });
    expect((await get(`${ROOT}/v3/collections/acme/tools/versions/1.0.0/`)).json()).toEqual(before);
  });

  it("of a broken tarball ends failed, with a message that names the file", async () => {
    expect(await published({ without: ["README.md"] })).toMatchObject({
      state: "failed",
      error: {
        code: "invalid_collection",
        description: "'README.md' is listed in FILES.json but not in the archive",
      },
      messages: [{ level: "ERROR", message: "'README.md' is listed in FILES.json but not in the archive" }],
    });
    expect((await get(`${ROOT}/v3/collections/acme/tools/`)).statusCode).toBe(404);
  });

  it("without the grant is refused at once, and says which is missing", async () => {
    const reply = await publish({ namespace: "other" });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({
      errors: [
        {
          status: "403",
          code: "permission_denied",
          detail: expect.stringContaining("collection:other.*:upload"),
        },
      ],
    });
  });

  it("with a wrong sha256 or an impossible name is refused", async () => {
    expect((await publish({}, { sha256: "0".repeat(64) })).statusCode).toBe(400);
    expect((await publish({}, { filename: "../../etc/passwd" })).statusCode).toBe(400);
    expect((await publish({}, { filename: "acme-tools-latest.tar.gz" })).statusCode).toBe(400);
  });

  it("of something that is no multipart is refused", async () => {
    const reply = await harness.call({
      method: "POST",
      url: `${ROOT}/v3/artifacts/collections/`,
      headers: { authorization: `Token ${token}` },
      json: {},
    });
    expect(reply.statusCode).toBe(415);
    expect(reply.json()).toMatchObject({ errors: [{ code: "unsupported_media_type" }] });
  });

  it("needs credentials", async () => {
    expect((await publish({}, { as: "nonsense" })).statusCode).toBe(401);
  });

  it("by a credential narrowed to downloads is refused", async () => {
    const { secret } = await harness.issue("ada", "personal_token", { scopes: ["collection:*:download"] });
    expect((await publish({}, { as: secret })).statusCode).toBe(403);
  });

  it("is recorded in the audit", async () => {
    await published({});
    await published({ version: "2.0.0", without: ["README.md"] });
    const events = await harness.context.store.read.audit.list({ limit: 2 });
    expect(events.map(({ action, actor, details }) => [action, actor, details["version"]])).toEqual([
      ["collection.refuse", "ada", "2.0.0"],
      ["collection.publish", "ada", "1.0.0"],
    ]);
  });

  it("of one user is no business of another's", async () => {
    const reply = await publish({});
    const { task } = reply.json<{ task: string }>();
    await harness.addUser("ben");
    const { secret } = await harness.issue("ben", "hub_token");
    expect((await get(task, secret)).statusCode).toBe(404);
  });
});

describe("a published version", () => {
  beforeEach(async () => {
    await published({ version: "1.2.0", dependencies: { "acme.base": ">=1.0.0" } });
  });

  it("has all that ansible-galaxy and its relatives read", async () => {
    const { bytes } = await buildCollection({ version: "1.2.0", dependencies: { "acme.base": ">=1.0.0" } });
    expect((await get(`${ROOT}/v3/collections/acme/tools/versions/1.2.0/`)).json()).toMatchObject({
      version: "1.2.0",
      href: "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/versions/1.2.0/",
      requires_ansible: ">=2.9.10",
      artifact: { filename: "acme-tools-1.2.0.tar.gz", sha256: sha256Hex(bytes), size: bytes.length },
      collection: {
        name: "tools",
        href: "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/",
      },
      namespace: { name: "acme" },
      download_url:
        "http://hub.test/api/galaxy/v3/plugin/ansible/content/published/collections/artifacts/acme-tools-1.2.0.tar.gz",
      metadata: {
        dependencies: { "acme.base": ">=1.0.0" },
        authors: ["Ada <ada@example.com>"],
        license: ["Apache-2.0"],
        tags: ["tools"],
      },
      manifest: { collection_info: { namespace: "acme" } },
      files: { format: 1 },
      signatures: [],
    });
  });

  it("is downloaded byte by byte as it was published", async () => {
    const { bytes } = await buildCollection({ version: "1.2.0", dependencies: { "acme.base": ">=1.0.0" } });
    const reply = await get(`${ROOT}/v3/artifacts/collections/acme-tools-1.2.0.tar.gz`);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["content-length"]).toBe(String(bytes.length));
    expect(reply.rawPayload.equals(bytes)).toBe(true);
  });

  it("is there after a restart", async () => {
    await harness.restart();
    expect((await get(`${ROOT}/v3/artifacts/collections/acme-tools-1.2.0.tar.gz`)).statusCode).toBe(200);
  });

  it("is for every signed-in account, for strangers only when they are allowed", async () => {
    await harness.addUser("ben");
    const { secret } = await harness.issue("ben", "hub_token");
    const url = `${ROOT}/v3/collections/acme/tools/versions/1.2.0/`;
    expect((await get(url, secret)).statusCode).toBe(200);
    const stranger = await harness.call({ url });
    expect(stranger.statusCode).toBe(401);
    expect(stranger.headers["www-authenticate"]).toBeDefined();
    await harness.hub.accounts.setSharedGrants("anonymous", ["collection:acme.*:download"], nobody);
    expect((await harness.call({ url })).statusCode).toBe(200);
  });

  it("is refused with 403 to a caller that may download nothing of it", async () => {
    const { secret } = await harness.issue("ada", "personal_token", {
      scopes: ["collection:other.*:download"],
    });
    for (const path of [
      "collections/acme/tools/",
      "collections/acme/tools/versions/",
      "collections/acme/tools/versions/1.2.0/",
      "artifacts/collections/acme-tools-1.2.0.tar.gz",
    ]) {
      expect((await get(`${ROOT}/v3/${path}`, secret)).statusCode, path).toBe(403);
    }
    expect((await get(`${ROOT}/v3/collections/`, secret)).json()).toMatchObject({ meta: { count: 0 } });
  });

  it.each([
    "collections/acme/other/",
    "collections/acme/tools/versions/9.9.9/",
    "collections/acme/tools/versions/latest/",
    "artifacts/collections/acme-tools-9.9.9.tar.gz",
    "artifacts/collections/..%2f..%2fetc%2fpasswd",
    "imports/collections/018f0000-0000-7000-8000-000000000000/",
    "imports/collections/nonsense/",
  ])("does not make %s exist", async (path) => {
    const reply = await get(`${ROOT}/v3/${path}`);
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ errors: [{ status: "404", code: "not_found" }] });
  });

  it("is reached, with links that stay below the prefix, at the old prefix and below the repository of the original's pages", async () => {
    for (const [root, prefix] of [
      ["/api/automation-hub", "/api/automation-hub"],
      ["/api/galaxy/content/published", "/api/galaxy"],
    ]) {
      const found = (await get(`${root}/v3/collections/acme/tools/versions/1.2.0/`)).json<{
        href: string;
        download_url: string;
      }>();
      expect(found.href).toBe(
        `${prefix}/v3/plugin/ansible/content/published/collections/index/acme/tools/versions/1.2.0/`,
      );
      expect((await get(found.href)).statusCode).toBe(200);
      expect((await get(new URL(found.download_url).pathname)).statusCode).toBe(200);
    }
    await published({ version: "1.3.0" }, { root: "/api/automation-hub" });
  });
});

describe("the versions of a collection", () => {
  const VERSIONS = ["1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "2.0.0-alpha"];

  beforeEach(async () => {
    for (const version of VERSIONS) {
      await published({ version });
    }
  });

  it("come by precedence, highest first, and in pages whose links are paths without host", async () => {
    const seen: string[] = [];
    let url: string | null = `${ROOT}/v3/collections/acme/tools/versions/?limit=2`;
    while (url !== null) {
      expect(url).toMatch(/^\/api\/galaxy\//);
      const page: { data: { version: string }[]; links: { next: string | null }; meta: { count: number } } = (
        await get(url)
      ).json();
      expect(page.meta.count).toBe(5);
      seen.push(...page.data.map(({ version }) => version));
      url = page.links.next;
    }
    expect(seen).toEqual(["2.0.0-rc.1", "2.0.0-alpha", "1.10.0", "1.9.0", "1.0.0"]);
  });

  it.each([
    ["limit=abc", 5],
    ["limit=0", 5],
    ["limit=-1", 5],
    ["limit=1000", 5],
    ["offset=4", 1],
    ["offset=99", 0],
    ["offset=-3&limit=2", 2],
  ])("take %s with patience: %i items", async (query, count) => {
    const page = (await get(`${ROOT}/v3/collections/acme/tools/versions/?${query}`)).json<{
      data: unknown[];
    }>();
    expect(page.data).toHaveLength(count);
  });

  it("give the collection its highest, passing over pre-releases", async () => {
    expect((await get(`${ROOT}/v3/collections/acme/tools/`)).json()).toMatchObject({
      namespace: "acme",
      name: "tools",
      deprecated: false,
      highest_version: {
        version: "1.10.0",
        href: "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/versions/1.10.0/",
      },
      versions_url: "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/versions/",
    });
  });

  it("that are pre-releases only give the highest of them", async () => {
    await published({ name: "young", version: "0.1.0-beta.2" });
    await published({ name: "young", version: "0.1.0-beta.10" });
    expect((await get(`${ROOT}/v3/collections/acme/young/`)).json()).toMatchObject({
      highest_version: { version: "0.1.0-beta.10" },
    });
  });

  it("move the time at which the collection was updated", async () => {
    harness.clock.advance({ days: 3 });
    await published({ version: "3.0.0" });
    const found = (await get(`${ROOT}/v3/collections/acme/tools/`)).json<{
      created_at: string;
      updated_at: string;
    }>();
    expect(Date.parse(found.updated_at) - Date.parse(found.created_at)).toBe(3 * 86_400_000);
  });
});

describe("the list of collections", () => {
  it("has the newest first, in pages", async () => {
    for (const name of ["zeta", "beta", "b_eta", "alpha"]) {
      await published({ name });
      harness.clock.advance({ seconds: 1 });
    }
    const page = (await get(`${ROOT}/v3/collections/?limit=3`)).json<{
      data: { name: string }[];
      links: { next: string };
    }>();
    expect(page.data.map(({ name }) => name)).toEqual(["alpha", "b_eta", "beta"]);
    expect(
      (await get(page.links.next)).json<{ data: { name: string }[] }>().data.map(({ name }) => name),
    ).toEqual(["zeta"]);
  });

  it("is empty at first, and closed to strangers", async () => {
    expect((await get(`${ROOT}/v3/collections/`)).json()).toMatchObject({
      meta: { count: 0 },
      data: [],
      links: { next: null, previous: null },
    });
    expect((await harness.call({ url: `${ROOT}/v3/collections/` })).statusCode).toBe(401);
  });
});
