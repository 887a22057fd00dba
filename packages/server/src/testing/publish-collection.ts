import { buildCollection, type CollectionRecipe, sha256Hex } from "./collection-tarball.ts";
import type { Harness } from "./harness.ts";

const BOUNDARY = "mintmark-boundary";

/**
 * Publishes a collection as this person, who holds the grants for it, and returns its file name and bytes.
 */
export async function publishCollection(
  hub: Harness,
  username: string,
  recipe: CollectionRecipe = {},
): Promise<{ readonly filename: string; readonly bytes: Buffer }> {
  const { bytes, filename } = await buildCollection(recipe);
  const { secret } = await hub.issue(username, "hub_token");
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n${sha256Hex(bytes)}\r\n--${BOUNDARY}--\r\n`;
  const reply = await hub.call({
    method: "POST",
    url: "/api/galaxy/v3/artifacts/collections/",
    headers: {
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
      authorization: `Token ${secret}`,
    },
    raw: Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]),
  });
  if (reply.statusCode !== 202) {
    throw new Error(`publishing answered ${reply.statusCode}: ${reply.body}`);
  }
  return { filename, bytes };
}
