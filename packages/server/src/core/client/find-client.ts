import type { HubContext } from "../context.ts";
import type { Looked } from "../looked.ts";
import { CLOUD_SERVICES, type Client } from "./client.ts";

/**
 * Automation hub's public client: known to every hub, may refresh and log in by device, holds no scope of its
 * own.
 */
const BUILT_IN: Client = {
  id: CLOUD_SERVICES,
  name: "ansible-galaxy",
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
};

/** The client that every hub knows under this id, or null. */
export function builtInClient(id: string): Client | null {
  return id === CLOUD_SERVICES ? BUILT_IN : null;
}

/** The client of that id, built in or registered, or null. */
export function findClient(context: HubContext, id: string): Looked<Client | null> {
  return id === CLOUD_SERVICES ? BUILT_IN : context.index.client(id);
}
