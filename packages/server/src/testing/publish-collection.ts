import { buildCollection, type CollectionRecipe, sha256Hex } from "./collection-tarball.ts";
import type { Call, Harness } from "./harness.ts";

const BOUNDARY = "mintmark-boundary";

/**
 * Publishes a collection as this person, who holds the grants for it, and returns its file name and bytes.
 */
export async function publishCollection(
  hub: Harness,
  username: string,
  recipe: CollectionRecipe = {},
): Promise<{ readonly filename: string; readonly bytes: Buffer }> {
  const { call, filename, bytes } = await packUpload("/api/galaxy/v3/artifacts/collections/", recipe);
  const { secret } = await hub.issue(username, "hub_token");
  const headers = { ...call.headers, authorization: `Token ${secret}` };
  const reply = await hub.call({ ...call, headers });
  if (reply.statusCode !== 202) {
    throw new Error(`publishing answered ${reply.statusCode}: ${reply.body}`);
  }
  return { filename, bytes };
}

/** The request that uploads a collection to this path, without a credential. */
export async function uploadCall(url: string, recipe: CollectionRecipe = {}): Promise<Call> {
  return (await packUpload(url, recipe)).call;
}

async function packUpload(url: string, recipe: CollectionRecipe) {
  const { bytes, filename } = await buildCollection(recipe);
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n${sha256Hex(bytes)}\r\n--${BOUNDARY}--\r\n`;
  const call: Call = {
    method: "POST",
    url,
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    raw: Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]),
  };
  return { call, filename, bytes };
}
