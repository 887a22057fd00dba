import { anonymousCaller } from "../core/caller.ts";
import type { Client } from "../core/client/client.ts";
import { RESTORED_SETTING } from "../core/restore/restored.ts";
import { type Call, type Harness, PASSWORD } from "./harness.ts";
import { publishCollection, uploadCall } from "./publish-collection.ts";

/** One administrator's request, in a hub where the request would succeed. */
interface Occasion {
  readonly hub: Harness;
  /** The user name of the caller. */
  readonly me: string;
  /** Unique, so that names do not collide. */
  readonly tag: string;
}

const NOBODY = anonymousCaller({ address: null, agent: "test" });
const API = "/api/mintmark/v1";
const GALAXY = "/api/galaxy";
const NEW_PASSWORD = "another long password";
const REDIRECT = "https://app.example/cb";
const INDEX = "/v3/plugin/ansible/content/:repository/collections/index";

type Build = (occasion: Occasion) => Call | Promise<Call>;

/** A call that succeeds, for every route that changes something for a caller with a session. */
export const WRITE_CALLS: Readonly<Record<string, Build>> = {
  ...galaxyCalls(),
  ...vendorCalls(),
  ...pageCalls(),
  ...accountCalls(),
  ...organisationCalls(),
  ...credentialCalls(),
  ...administrationCalls(),
};

/**
 * Routes that change something without asking again whether the caller still stands, with the reason. A new
 * route belongs here only with a reason of this kind.
 */
export const NOT_ASKED_AGAIN: Readonly<Record<string, string>> = {
  "gateway POST /verify": "gives a verdict and changes nothing",
  "gateway POST /verify/*": "gives a verdict and changes nothing",
  "galaxy DELETE /api/galaxy/v3/auth/token": "ends the owner's own token",
  "galaxy POST /api/galaxy/_ui/v1/auth/logout": "ends the caller's own session",
  "galaxy POST /api/galaxy/v3/collections/:namespace/:name/versions/:version/move/:source/:destination":
    "changes nothing",
  "galaxy POST /api/galaxy/content/:repository/v3/collections/:namespace/:name/versions/:version/move/:source/:destination":
    "changes nothing",
  "galaxy POST /api/galaxy/pulp/api/v3/repositories/ansible/ansible/:repository/move_collection_version":
    "changes nothing",
  "quay DELETE /api/v1/user/apptoken/:uuid": "ends the owner's own token",
  "quay POST /api/v1/signin": "judges a password, and the account again with it",
  "quay POST /api/v1/signin/verify": "judges a password, and the account again with it",
  "quay POST /api/v1/signout": "ends the caller's own session",
  "docker-registry POST /v2/auth": "judges a credential, and the account again with it",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/token": "judges a credential or a code",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/auth/device":
    "belongs to no account yet",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/token/introspect": "changes nothing",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/revoke":
    "ends the secret that is shown",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/logout":
    "ends the secret that is shown",
  "keycloak POST /auth/realms/redhat-external/protocol/openid-connect/userinfo": "changes nothing",
  "ibm-zen POST /icp4d-api/v1/authorize": "judges a password or a key",
  "ibm-zen POST /v1/authorize": "judges a password or a key",
  "ibm-zen POST /v1/preauth/signin": "judges a password",
  "ibm-zen POST /identity/token": "judges a key",
  "ibm-zen POST /idprovider/v1/auth/identitytoken": "judges a password or a key",
  "ibm-zen POST /api/2.0/apikeys/token": "judges a key",
  "ibm-zen POST /api/2.0/accounts/:id/apikeys/token": "judges a key",
  "ibm-zen POST /api/2.0/services/:id/apikeys/token": "judges a key",
  "ibm-zen POST /api/2.0/subscriptions/:id/apikeys/token": "judges a key",
  "ibm-zen POST /zen-data/v2/serviceInstance/token": "stores nothing: the bearer ends with its parent",
  "ibm-zen POST /siusermgr/api/1.0/apikeys/token": "judges a key",
  "ibm-zen DELETE /usermgmt/v1/user/apiKey": "ends the owner's own key",
  "ibm-zen DELETE /zen-data/v3/service_instances/:id/api_key": "ends the owner's own key",
  "oauth POST /oauth/introspect": "changes nothing",
  "oauth POST /oauth/revoke": "ends the secret that is shown",
  "oauth-app POST /oauth/authorize/sign-in": "judges a password",
  "oauth-app POST /oauth/denyapp": "gives nothing to anybody",
  "oauth-app POST /oauth/access_token": "judges a code",
  "sign-in POST /sign-in/oidc/backchannel-logout": "judges a token of the provider and ends sessions",
  "sign-in POST /sign-in/local": "judges a password",
  "device-login POST /device/sign-in": "judges a password",
  "mintmark POST /api/mintmark/v1/session": "judges a password",
  "mintmark DELETE /api/mintmark/v1/session": "ends the caller's own session",
  "mintmark POST /api/mintmark/v1/rotate": "judges a secret, whose standing the rotation asks for again",
  "mintmark POST /api/mintmark/v1/introspection": "changes nothing",
  "mintmark POST /api/mintmark/v1/check": "changes nothing",
  "mintmark POST /api/mintmark/v1/credentials/lookup": "changes nothing",
  "mintmark POST /api/mintmark/v1/notifications/test": "writes nothing; it asks before it sends",
  "mintmark POST /api/mintmark/v1/registry/login-pieces": "changes nothing",
};

function galaxyCalls(): Record<string, Build> {
  const calls: Record<string, Build> = {
    "galaxy POST /api/galaxy/v3/auth/token": () => ({ method: "POST", url: `${GALAXY}/v3/auth/token/` }),
  };
  for (const path of [`${GALAXY}/v3/namespaces`, `${GALAXY}/_ui/v1/namespaces`]) {
    calls[`galaxy POST ${path}`] = ({ tag }) => ({ method: "POST", url: `${path}/`, json: { name: tag } });
    for (const method of ["PUT", "PATCH", "DELETE"] as const) {
      calls[`galaxy ${method} ${path}/:namespace`] = async ({ hub, me, tag }) => {
        await publisher(hub, me);
        const bearer = await hub.logIn(me);
        await hub.call({ method: "POST", url: `${path}/`, bearer, json: { name: tag } });
        return {
          method,
          url: `${path}/${tag}/`,
          ...(method === "DELETE" ? {} : { json: { company: "Acme" } }),
        };
      };
    }
  }
  for (const path of [
    "/v3/artifacts/collections",
    "/content/:repository/v3/artifacts/collections",
    "/v3/plugin/ansible/content/:repository/collections/artifacts",
  ]) {
    calls[`galaxy POST ${GALAXY}${path}`] = async ({ hub, me, tag }) => {
      await publisher(hub, me);
      const repository = "staging";
      return uploadCall(`${GALAXY}${path.replace(":repository", repository)}/`, { namespace: tag });
    };
  }
  for (const base of ["/v3/collections", "/content/:repository/v3/collections", INDEX]) {
    for (const tail of ["", "/versions/:version"]) {
      calls[`galaxy DELETE ${GALAXY}${base}/:namespace/:name${tail}`] = async ({ hub, me, tag }) => {
        await publisher(hub, me);
        await publishCollection(hub, me, { namespace: tag });
        const path = `${base.replace(":repository", "published")}/${tag}/tools${tail.replace(":version", "1.0.0")}/`;
        return { method: "DELETE", url: `${GALAXY}${path}` };
      };
    }
  }
  return calls;
}

async function publisher(hub: Harness, username: string): Promise<void> {
  await hub.hub.accounts.setGrants(username, ["collection:*:*", "hub:*:*"], NOBODY);
}

function vendorCalls(): Record<string, Build> {
  const quay = "/api/v1/user/apptoken";
  const robot = "/api/v1/organization/:orgname/robots/:short";
  const key = "/usermgmt/v1/user/apiKey";
  const instance = "/zen-data/v3/service_instances/:id/api_key";
  return {
    [`quay GET ${quay}/:uuid`]: async ({ hub, me }) => ({
      url: `${quay}/${(await hub.issue(me, "app_token")).id}`,
    }),
    [`quay POST ${quay}`]: () => ({ method: "POST", url: quay, json: { title: "x" } }),
    [`quay PUT ${robot}`]: async ({ hub, tag }) => ({
      method: "PUT",
      url: `/api/v1/organization/${await teamOf(hub, tag)}/robots/bot`,
      json: {},
    }),
    [`quay POST ${robot}/regenerate`]: async ({ hub, me, tag }) => ({
      method: "POST",
      url: `${await robotOf(hub, me, tag)}/regenerate`,
    }),
    [`quay DELETE ${robot}`]: async ({ hub, me, tag }) => ({
      method: "DELETE",
      url: await robotOf(hub, me, tag),
    }),
    [`ibm-zen GET ${key}`]: () => ({ url: key }),
    [`ibm-zen POST ${key}`]: () => ({ method: "POST", url: key }),
    [`ibm-zen POST ${key}/regenerate`]: () => ({ method: "POST", url: `${key}/regenerate` }),
    [`ibm-zen POST ${instance}`]: async ({ hub, tag }) => ({
      method: "POST",
      url: instance.replace(":id", await instanceOf(hub, tag)),
    }),
  };
}

function pageCalls(): Record<string, Build> {
  const consent = async (hub: Harness) => {
    const { id } = await applicationOf(hub);
    const query = {
      client_id: id,
      redirect_uri: REDIRECT,
      response_type: "token",
      scope: "repository:*:pull",
    };
    return { request: new URLSearchParams(query).toString(), query };
  };
  return {
    "oauth-app POST /oauth/authorize": async ({ hub }) => ({
      method: "POST",
      url: "/oauth/authorize",
      form: { request: (await consent(hub)).request, answer: "allow" },
    }),
    "oauth-app POST /oauth/authorizeapp": async ({ hub }) => ({
      method: "POST",
      url: "/oauth/authorizeapp",
      form: { ...(await consent(hub)).query },
    }),
    "device-login POST /device/answer": async ({ hub }) => {
      const client = (await hub.hub.clients.find("cloud-services")) as Client;
      const { userCode } = await hub.hub.clients.devices.start(client, [], NOBODY.origin);
      return { method: "POST", url: "/device/answer", form: { user_code: userCode, answer: "approve" } };
    },
  };
}

function accountCalls(): Record<string, Build> {
  const user = async (hub: Harness, tag: string) => {
    await hub.addUser(tag);
    return `${API}/users/${tag}`;
  };
  return {
    [`mintmark PUT ${API}/password`]: () => ({
      method: "PUT",
      url: `${API}/password`,
      json: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
    }),
    [`mintmark PATCH ${API}/notifications`]: () => ({
      method: "PATCH",
      url: `${API}/notifications`,
      json: { idle: false },
    }),
    [`mintmark DELETE ${API}/sessions`]: () => ({ method: "DELETE", url: `${API}/sessions` }),
    [`mintmark DELETE ${API}/sessions/:id`]: async ({ hub, me }) => {
      const { session } = await hub.hub.sessions.open(me, PASSWORD, NOBODY.origin);
      return { method: "DELETE", url: `${API}/sessions/${session.id}` };
    },
    [`mintmark POST ${API}/users`]: ({ tag }) => ({
      method: "POST",
      url: `${API}/users`,
      json: { username: tag, password: PASSWORD, role: "admin" },
    }),
    [`mintmark PATCH ${API}/users/:username`]: async ({ hub, tag }) => ({
      method: "PATCH",
      url: await user(hub, tag),
      json: { password: NEW_PASSWORD },
    }),
    [`mintmark DELETE ${API}/users/:username`]: async ({ hub, tag }) => ({
      method: "DELETE",
      url: await user(hub, tag),
    }),
    [`mintmark POST ${API}/users/:username/grants`]: async ({ hub, tag }) => ({
      method: "POST",
      url: `${await user(hub, tag)}/grants`,
      json: { grant: "collection:acme.*:upload" },
    }),
    [`mintmark DELETE ${API}/users/:username/grants`]: async ({ hub, tag }) => {
      const url = `${await user(hub, tag)}/grants`;
      await hub.hub.accounts.setGrants(tag, ["collection:acme.*:upload"], NOBODY);
      return { method: "DELETE", url, json: { grant: "collection:acme.*:upload" } };
    },
    [`mintmark PUT ${API}/users/:username/grants`]: async ({ hub, tag }) => ({
      method: "PUT",
      url: `${await user(hub, tag)}/grants`,
      json: { grants: ["collection:*:upload"] },
    }),
    [`mintmark PUT ${API}/grants/:set`]: () => ({
      method: "PUT",
      url: `${API}/grants/authenticated`,
      json: { grants: ["collection:*:download"] },
    }),
    [`mintmark DELETE ${API}/users/:username/credentials`]: async ({ hub, tag }) => ({
      method: "DELETE",
      url: `${await user(hub, tag)}/credentials`,
      json: { all: true },
    }),
  };
}

function organisationCalls(): Record<string, Build> {
  const service = async ({ hub, me, tag }: Occasion) => {
    await hub.hub.services.create({ name: tag, stewards: [me], grants: ["collection:*:download"] }, NOBODY);
    return `${API}/services/${tag}`;
  };
  const teams = `${API}/teams`;
  const services = `${API}/services`;
  return {
    [`mintmark POST ${teams}`]: ({ tag }) => ({ method: "POST", url: teams, json: { name: tag } }),
    [`mintmark PATCH ${teams}/:name`]: async ({ hub, tag }) => ({
      method: "PATCH",
      url: `${teams}/${await teamOf(hub, tag)}`,
      json: { grants: ["collection:*:upload"] },
    }),
    [`mintmark DELETE ${teams}/:name`]: async ({ hub, tag }) => ({
      method: "DELETE",
      url: `${teams}/${await teamOf(hub, tag)}`,
    }),
    [`mintmark PUT ${teams}/:name/members/:username`]: async ({ hub, me, tag }) => ({
      method: "PUT",
      url: `${teams}/${await teamOf(hub, tag)}/members/${me}`,
    }),
    [`mintmark DELETE ${teams}/:name/members/:username`]: async ({ hub, me, tag }) => {
      await hub.hub.teams.addMember(await teamOf(hub, tag), me, NOBODY);
      return { method: "DELETE", url: `${teams}/${tag}/members/${me}` };
    },
    [`mintmark POST ${services}`]: ({ me, tag }) => ({
      method: "POST",
      url: services,
      json: { name: tag, stewards: [me] },
    }),
    [`mintmark PATCH ${services}/:name`]: async (occasion) => ({
      method: "PATCH",
      url: await service(occasion),
      json: { description: "x" },
    }),
    [`mintmark DELETE ${services}/:name`]: async (occasion) => ({
      method: "DELETE",
      url: await service(occasion),
    }),
    [`mintmark PUT ${services}/:name/grants`]: async (occasion) => ({
      method: "PUT",
      url: `${await service(occasion)}/grants`,
      json: { grants: ["collection:*:upload"] },
    }),
    [`mintmark POST ${services}/:name/client`]: async (occasion) => ({
      method: "POST",
      url: `${await service(occasion)}/client`,
    }),
  };
}

function credentialCalls(): Record<string, Build> {
  const one = `${API}/credentials/:id`;
  const own = async ({ hub, me }: Occasion) => `${API}/credentials/${(await hub.issue(me, "app_token")).id}`;
  const another = async ({ hub, tag }: Occasion) => {
    await hub.addUser(tag);
    return (await hub.issue(tag, "app_token")).id;
  };
  return {
    [`mintmark POST ${API}/credentials`]: () => ({
      method: "POST",
      url: `${API}/credentials`,
      json: { kind: "personal_token", scopes: ["*:*:*"] },
    }),
    [`mintmark POST ${one}/reveal`]: async (occasion) => ({
      method: "POST",
      url: `${await own(occasion)}/reveal`,
    }),
    [`mintmark POST ${one}/touch`]: async ({ hub, me }) => ({
      method: "POST",
      url: `${API}/credentials/${(await hub.issue(me, "offline_token")).id}/touch`,
    }),
    [`mintmark DELETE ${one}`]: async (occasion) => ({
      method: "DELETE",
      url: `${API}/credentials/${await another(occasion)}`,
    }),
    [`mintmark PATCH ${one}`]: async (occasion) => ({
      method: "PATCH",
      url: await own(occasion),
      json: { title: "y" },
    }),
    [`mintmark POST ${one}/freeze`]: async (occasion) => ({
      method: "POST",
      url: `${API}/credentials/${await another(occasion)}/freeze`,
      json: {},
    }),
    [`mintmark POST ${one}/thaw`]: async (occasion) => {
      const id = await another(occasion);
      const change = {
        frozen: { at: 1, by: "x", class: "administrator", reason: null, until: null },
      } as const;
      await occasion.hub.context.store.write((writes) => writes.credentials.change(id, change));
      return { method: "POST", url: `${API}/credentials/${id}/thaw` };
    },
    [`mintmark POST ${one}/rotate`]: async (occasion) => ({
      method: "POST",
      url: `${await own(occasion)}/rotate`,
      json: {},
    }),
    [`mintmark POST ${API}/credentials/bulk`]: async (occasion) => ({
      method: "POST",
      url: `${API}/credentials/bulk`,
      json: { action: "revoke", ids: [await another(occasion)], confirm: 1 },
    }),
  };
}

function administrationCalls(): Record<string, Build> {
  const hooks = `${API}/webhooks`;
  const json = { url: "http://127.0.0.1:9/hook", events: ["*"] };
  const hook = async ({ hub }: Occasion) => (await hub.hub.webhooks.create(json, NOBODY)).webhook.id;
  return {
    [`mintmark POST ${API}/instances`]: ({ tag }) => ({
      method: "POST",
      url: `${API}/instances`,
      json: { id: tag, displayName: tag },
    }),
    [`mintmark DELETE ${API}/instances/:id`]: async ({ hub, tag }) => ({
      method: "DELETE",
      url: `${API}/instances/${await instanceOf(hub, tag)}`,
    }),
    [`mintmark POST ${API}/oauth/clients`]: () => ({
      method: "POST",
      url: `${API}/oauth/clients`,
      json: { name: "x", type: "public", redirectUris: [REDIRECT] },
    }),
    [`mintmark POST ${API}/oauth/clients/:clientId/rotate-secret`]: async ({ hub }) => {
      const { client } = await hub.hub.clients.create({ name: "x", type: "confidential" }, NOBODY);
      return { method: "POST", url: `${API}/oauth/clients/${client.id}/rotate-secret` };
    },
    [`mintmark DELETE ${API}/oauth/clients/:clientId`]: async ({ hub }) => ({
      method: "DELETE",
      url: `${API}/oauth/clients/${(await applicationOf(hub)).id}`,
    }),
    [`mintmark POST ${API}/keys/:purpose/rotate`]: () => ({ method: "POST", url: `${API}/keys/zen/rotate` }),
    [`mintmark POST ${hooks}`]: () => ({ method: "POST", url: hooks, json }),
    [`mintmark PATCH ${hooks}/:id`]: async (occasion) => ({
      method: "PATCH",
      url: `${hooks}/${await hook(occasion)}`,
      json: { description: "x" },
    }),
    [`mintmark DELETE ${hooks}/:id`]: async (occasion) => ({
      method: "DELETE",
      url: `${hooks}/${await hook(occasion)}`,
    }),
    [`mintmark POST ${hooks}/:id/rotate-secret`]: async (occasion) => ({
      method: "POST",
      url: `${hooks}/${await hook(occasion)}/rotate-secret`,
    }),
    [`mintmark POST ${hooks}/:id/test`]: async (occasion) => ({
      method: "POST",
      url: `${hooks}/${await hook(occasion)}/test`,
    }),
    [`mintmark POST ${hooks}/:id/deliveries/:deliveryId/redeliver`]: async (occasion) => {
      const id = await hook(occasion);
      const delivery = await occasion.hub.hub.webhooks.test(id, NOBODY);
      return { method: "POST", url: `${hooks}/${id}/deliveries/${delivery.id}/redeliver` };
    },
    [`mintmark POST ${API}/restored`]: async ({ hub }) => {
      const restored = { at: 1, backup: { seq: 1, hash: "", at: 1 }, log: null, decision: null };
      await hub.context.store.write((writes) =>
        writes.settings.set(RESTORED_SETTING, JSON.stringify(restored)),
      );
      return { method: "POST", url: `${API}/restored`, json: { choice: "accept" } };
    },
  };
}

async function teamOf(hub: Harness, tag: string): Promise<string> {
  await hub.hub.teams.create({ name: tag, grants: ["repository:*:pull"] }, NOBODY);
  return tag;
}

async function robotOf(hub: Harness, me: string, tag: string): Promise<string> {
  const url = `/api/v1/organization/${await teamOf(hub, tag)}/robots/bot`;
  await hub.call({ method: "PUT", url, bearer: await hub.logIn(me), json: {} });
  return url;
}

async function instanceOf(hub: Harness, tag: string): Promise<string> {
  await hub.hub.instances.create({ id: tag, displayName: tag }, NOBODY);
  return tag;
}

async function applicationOf(hub: Harness): Promise<Client> {
  const request = { name: "App", type: "public", redirectUris: [REDIRECT], implicit: true } as const;
  return (await hub.hub.clients.create(request, NOBODY)).client;
}
