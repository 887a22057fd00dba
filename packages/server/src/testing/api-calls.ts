import { API_BASE } from "../dialects/mintmark/api.ts";
import type { Call, Harness } from "./harness.ts";
import { WRITE_CALLS } from "./write-calls.ts";

interface ApiRoute {
  readonly method: string;
  readonly path: string;
  readonly description: { readonly id: string };
}

/** The calls that WRITE_CALLS does not have, since they change nothing or need a secret. */
const OTHER_CALLS: Readonly<
  Record<string, (hub: Harness, json: object, tag: string) => Call | Promise<Call>>
> = {
  openSession: (_hub, json) => ({ method: "POST", url: `${API_BASE}/session`, json }),
  changePassword: async (hub, json, tag) => {
    await hub.addUser(tag);
    const bearer = await hub.logIn(tag);
    return { method: "PUT", url: `${API_BASE}/password`, json, bearer };
  },
  lookUpSecret: (_hub, json) => ({ method: "POST", url: `${API_BASE}/credentials/lookup`, json }),
  checkSecret: (_hub, json) => ({ method: "POST", url: `${API_BASE}/check`, json }),
  introspectMany: async (hub, json) => {
    const { secret } = await hub.issue("ada", "personal_token", { scopes: ["hub:introspect:use"] });
    return { method: "POST", url: `${API_BASE}/introspection`, json, bearer: secret };
  },
  rotateSelf: async (hub, json) => {
    const { secret } = await hub.issue("ada", "hub_token");
    return { method: "POST", url: `${API_BASE}/rotate`, json, bearer: secret };
  },
  makeLoginPieces: async (hub, json) => {
    const { secret } = await hub.issue("ada", "app_token");
    return { method: "POST", url: `${API_BASE}/registry/login-pieces`, json: { ...json, secret } };
  },
};

/**
 * A call of the operation with the body `json`, to something that exists, from `ada`, who must be an
 * administrator. `tag` keeps names apart.
 */
export async function apiCall(hub: Harness, route: ApiRoute, json: object, tag: string): Promise<Call> {
  const bearer = await hub.logIn("ada");
  const other = OTHER_CALLS[route.description.id];
  if (other) {
    return { bearer, ...(await other(hub, json, tag)) };
  }
  const build = WRITE_CALLS[`mintmark ${route.method} ${route.path}`];
  if (!build) {
    throw new Error(`neither WRITE_CALLS nor OTHER_CALLS has a call for ${route.description.id}`);
  }
  return { bearer, ...(await build({ hub, me: "ada", tag })), json };
}
