import type { HubContext } from "../context.ts";
import type { Looked } from "../looked.ts";
import { CLI_CLIENT, CLOUD_SERVICES, type Client } from "./client.ts";

/** A public client that every hub knows: it may refresh and log in by device, and holds no scope. */
const builtIn = (id: string, name: string): Client => ({
  id,
  name,
  type: "public",
  scopes: [],
  redirectUris: [],
  implicit: false,
  flows: ["device_code", "refresh_token"],
  pkceOptional: false,
  secretDigest: null,
  secretKeyVersion: null,
  accountId: null,
  createdAt: 0,
  trustedForAddresses: false,
});

const BUILT_IN: ReadonlyMap<string, Client> = new Map([
  [CLOUD_SERVICES, builtIn(CLOUD_SERVICES, "ansible-galaxy")],
  [CLI_CLIENT, builtIn(CLI_CLIENT, "mintmark")],
]);

/** The client that every hub knows under this id, or null. */
export function builtInClient(id: string): Client | null {
  return BUILT_IN.get(id) ?? null;
}

/** The client of that id, built in or registered, or null. */
export function findClient(context: HubContext, id: string): Looked<Client | null> {
  return BUILT_IN.get(id) ?? context.index.client(id);
}
