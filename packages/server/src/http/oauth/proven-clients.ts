import { hash, randomBytes } from "node:crypto";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Client } from "../../core/client/client.ts";
import type { Hub } from "../../core/hub.ts";

/** Far more than the services of any hub. */
const HEADERS_MAX = 1_000;

/**
 * Clients that may introspect by the header that proved them, since a service shows the same header with each
 * of its questions. Only a hash of the header is kept, under a salt of this process. A client that was
 * changed or deleted is another object in the index, and its header counts as new.
 */
const clients = new BoundedMap<string, Client>(HEADERS_MAX);
const salt = randomBytes(32).toString("base64");

/** The client that this header has proven and that has not changed since, or null. */
export function provenClient(hub: Hub, header: string | undefined): Client | null {
  const client = header === undefined ? undefined : clients.get(keyOf(header));
  return client && hub.clients.isCurrent(client) ? client : null;
}

export function rememberProof(header: string | undefined, client: Client): void {
  if (header !== undefined) {
    clients.set(keyOf(header), client);
  }
}

function keyOf(header: string): string {
  return hash("sha256", salt + header, "binary");
}
