import { createHash } from "node:crypto";
import { buildCollection } from "../../packages/server/src/testing/collection-tarball.ts";
import { ADMIN_PASSWORD, type RunningServer } from "../server.ts";

/** Publishes `acme.tools` 1.0.0 and 1.1.0 as an account with its password. */
export async function publishSample(server: RunningServer, username: string): Promise<void> {
  for (const version of ["1.0.0", "1.1.0"]) {
    const { filename, bytes } = await buildCollection({ version });
    const form = new FormData();
    form.set("sha256", createHash("sha256").update(bytes).digest("hex"));
    form.set("file", new Blob([new Uint8Array(bytes)]), filename);
    const reply = await fetch(`${server.url}/api/galaxy/v3/artifacts/collections/`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${username}:${ADMIN_PASSWORD}`)}` },
      body: form,
    });
    if (reply.status !== 202) throw new Error(`publishing answered ${reply.status}: ${await reply.text()}`);
  }
}
