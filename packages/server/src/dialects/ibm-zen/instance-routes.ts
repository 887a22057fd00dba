import type { Caller } from "../../core/caller.ts";
import { instanceScope } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { type BearerParent, makeBearer, type ZenBearer } from "./bearer.ts";
import { endInstanceKey, makeInstanceKey } from "./keys.ts";
import * as wire from "./wire.ts";

const TAKES = ["session", "platform_key", "zen_bearer", "personal_token"] as const;
const SIGNED_IN: Access = { takes: TAKES };
const MAKE_KEYS: Access = { takes: TAKES, fresh: true };
/**
 * The only endpoint where IBM's clients send an API key as Basic (java-sdk-core,
 * CloudPakForDataServiceInstanceAuthenticator).
 */
const MAKE_BEARERS: Access = {
  takes: ["session", "platform_key", "instance_key", "zen_bearer"],
  fresh: true,
};
const INSTANCES = "/zen-data/v3/service_instances";

/** Service instances and the caller's key to each. */
export const instanceRoutes: readonly AnyRoute[] = [
  route({
    method: "GET",
    path: INSTANCES,
    access: SIGNED_IN,
    // `fetch_all_instances` widens nothing, and instances here have no `addon_type`.
    read: ({ query }) => query.get("display_name"),
    run: listInstances,
    write: wire.writeInstances,
  }),
  route({
    method: "POST",
    path: `${INSTANCES}/:id/api_key`,
    access: MAKE_KEYS,
    read: readInstance,
    run: makeInstanceKey,
    write: wire.writeKey,
  }),
  route({
    method: "DELETE",
    path: `${INSTANCES}/:id/api_key`,
    access: SIGNED_IN,
    read: readInstance,
    run: endInstanceKey,
    write: () => ({ status: 204 }),
  }),
  route({
    method: "GET",
    path: `${INSTANCES}/:id/token`,
    access: MAKE_BEARERS,
    read: readInstance,
    run: makeInstanceBearer,
    write: wire.writeInstanceToken,
  }),
  // Clients before 4.0 name the instance in the body.
  route({
    method: "POST",
    path: "/zen-data/v2/serviceInstance/token",
    access: MAKE_BEARERS,
    read: wire.readOlderInstance,
    run: async (hub, asked, caller) => makeInstanceBearer(hub, await idOf(hub, asked, caller), caller),
    write: wire.writeOlderInstanceToken,
  }),
];

/** Throws `not_found`, and `instance_exists` (409) for a display name that several instances have. */
async function idOf(
  hub: Hub,
  asked: { readonly id: string } | { readonly name: string },
  caller: Caller,
): Promise<string> {
  if ("id" in asked) {
    return asked.id;
  }
  const [found, another] = await listInstances(hub, asked.name, caller);
  if (another) {
    throw new HubError("instance_exists", { explanation: "Several instances have that display name." });
  }
  if (!found) {
    throw new HubError("not_found");
  }
  return found.id;
}

function readInstance({ params }: WireRequest): string {
  return params.id ?? "";
}

async function listInstances(hub: Hub, displayName: string | null, caller: Caller) {
  const usable = await hub.instances.listFor(caller);
  return usable.filter(
    (instance) =>
      caller.authority.permits(instanceScope(instance.id)) &&
      (displayName === null || instance.displayName === displayName),
  );
}

async function makeInstanceBearer(hub: Hub, id: string, caller: Caller): Promise<ZenBearer> {
  const instance = await hub.instances.usableBy(caller, id);
  if (!caller.authority.permits(instanceScope(instance.id))) {
    throw new HubError("not_found");
  }
  return makeBearer(hub, parentOf(caller), instance.id);
}

/** The parent of the instance bearer: the key, or the log-in, whose expiry is then also the bearer's. */
function parentOf({ account, proof }: Caller): BearerParent {
  if (!account) {
    throw new HubError("forbidden");
  }
  switch (proof.by) {
    case "credential":
      return { account, credential: proof.credential };
    case "session":
      return { account, credential: null, endsBy: proof.session.expiresAt };
    case "bearer":
      return { account, credential: null, endsBy: proof.expiresAt };
    default:
      throw new HubError("forbidden");
  }
}
