import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { publishCollection } from "../../testing/publish-collection.ts";

const PATH = "/api/galaxy/v3/collections/acme/tools/versions/1.0.0/";
const IDENTITY = { namespace: "acme", name: "tools", version: "1.0.0" };
/** Nearly as much as FILES.json may have. */
const FILLING = "aé日".repeat(800_000);
const PIECE_BYTES_MAX = 4 * 131_072;

let hub: Harness;
let token: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["collection:acme.*:*"] });
  await publishCollection(hub, "ada", { fileList: (list) => ({ ...list, filling: FILLING }) });
  token = (await hub.issue("ada", "hub_token")).secret;
  await hub.server.app.listen({ port: 0, host: "127.0.0.1" });
});

afterAll(() => hub.close());

test("megabytes of file list are answered whole", async () => {
  const { port } = hub.server.app.server.address() as AddressInfo;
  const reply = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    headers: { authorization: `Token ${token}` },
  });
  const answer = (await reply.json()) as { files: { filling: string }; manifest: { format: number } };

  expect(reply.headers.get("content-type")).toContain("application/json");
  expect(answer.files.filling).toBe(FILLING);
  expect(answer.manifest.format).toBe(1);
});

// Two answers of 10 MB once held the event loop for as long as 200 verifications of others take.
test("no step of the answer reads or writes more than one piece", async () => {
  const sizes: number[] = [];
  for await (const piece of hub.hub.collections.readText(IDENTITY, "filesJson")) {
    sizes.push(Buffer.byteLength(piece));
  }

  expect(sizes.length).toBeGreaterThan(10);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(PIECE_BYTES_MAX);
});

test("HEAD is answered without the body", async () => {
  const { port } = hub.server.app.server.address() as AddressInfo;
  const headers = { authorization: `Token ${token}` };
  const status = await new Promise((resolve, reject) => {
    get({ port, path: PATH, method: "HEAD", headers }, (reply) => resolve(reply.statusCode)).once(
      "error",
      reject,
    );
  });

  expect(status).toBe(200);
});

test("a version that is removed while it is read cuts the answer off, so that nobody takes a part for the whole", async () => {
  const pieces = hub.hub.collections.readText(IDENTITY, "filesJson");
  await pieces.next();
  await hub.context.store.write((writes) => writes.collections.removeVersion(IDENTITY));

  await expect(pieces.next()).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
});
