import { api, logIn, type RunningServer, type ServerStart, startServer } from "./server.ts";

const PASSWORD = "a long password";
/** Ada's grants, in addition to those of everybody. */
const GRANTS = ["service:reports:read", "repository:team/*:pull", "instance:sales:use"];

/**
 * A running hub as a service behind it knows it: with people who have credentials, and two ways to ask about
 * them.
 */
export interface ServiceHub {
  readonly server: RunningServer;
  readonly admin: string;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly token: { readonly token: string };
  /** Issues a credential for ada, or for the named account. */
  issue(
    kind: string,
    options?: object,
    username?: string,
  ): Promise<{ readonly id: string; readonly secret: string }>;
  revoke(id: string): Promise<void>;
  /** Makes an account with ada's grants. */
  addUser(username: string): Promise<void>;
  /** The bearer that an offline token is exchanged for. */
  exchange(offline: string): Promise<string>;
  /** The bearer that a client holds in its own name. */
  clientBearer(): Promise<string>;
  /** IBM's bearer for an API key or a password. */
  zenBearer(body: object): Promise<string>;
  /** IBM's bearer for one instance. */
  instanceBearer(authorization: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startServiceHub(start: ServerStart = {}): Promise<ServiceHub> {
  const server = await startServer(start);
  const admin = await logIn(server);
  const sessions = new Map<string, string>();

  async function addUser(username: string, grants: readonly string[] = GRANTS): Promise<void> {
    const account = { username, password: PASSWORD, role: "member" };
    await api(server, "POST", "/users", { bearer: admin, body: account });
    await api(server, "PUT", `/users/${username}/grants`, { bearer: admin, body: { grants } });
    sessions.set(username, await logIn(server, username, PASSWORD));
  }

  async function issue(kind: string, options: object = {}, username = "ada") {
    const body = {
      kind,
      ...(kind === "personal_token" ? { title: "e2e", scopes: ["*:*:*"] } : {}),
      ...options,
    };
    const bearer = sessions.get(username) ?? "";
    const made = await api<Issued>(server, "POST", "/credentials", { bearer, body });
    return { id: made.credential.id, secret: made.secret };
  }

  const body = {
    name: "reports",
    type: "confidential",
    scopes: ["service:reports:read", "hub:introspect:use"],
  };
  const made = await api<{ client: { clientId: string }; clientSecret: string }>(
    server,
    "POST",
    "/oauth/clients",
    { bearer: admin, body },
  );
  const client = { clientId: made.client.clientId, clientSecret: made.clientSecret };
  await api(server, "POST", "/instances", { bearer: admin, body: { id: "sales", displayName: "Sales" } });
  await addUser("ada");
  await addUser("service", ["hub:introspect:use"]);
  const token = { token: (await issue("personal_token", {}, "service")).secret };

  const realm = `${server.url}/auth/realms/redhat-external/protocol/openid-connect/token`;
  const askRealm = async (form: Record<string, string>) =>
    (await read<{ access_token: string }>(realm, { method: "POST", body: new URLSearchParams(form) }))
      .access_token;
  return {
    server,
    admin,
    client,
    token,
    issue,
    addUser,
    revoke: (id) => api(server, "DELETE", `/credentials/${id}`, { bearer: admin }),
    exchange: (refresh_token) =>
      askRealm({ grant_type: "refresh_token", client_id: "cloud-services", refresh_token }),
    clientBearer: () =>
      askRealm({
        grant_type: "client_credentials",
        client_id: client.clientId,
        client_secret: client.clientSecret,
      }),
    zenBearer: async (shown) => {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(shown) };
      return (await read<{ token: string }>(`${server.url}/icp4d-api/v1/authorize`, request)).token;
    },
    instanceBearer: async (authorization) => {
      const url = `${server.url}/zen-data/v3/service_instances/sales/token`;
      return (await read<{ data: { token: string } }>(url, { headers: { authorization } })).data.token;
    },
    stop: async () => {
      await server.stop();
      server.remove();
    },
  };
}

interface Issued {
  readonly credential: { readonly id: string };
  readonly secret: string;
}

async function read<Answer>(url: string, request: RequestInit): Promise<Answer> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  }
  return JSON.parse(text) as Answer;
}

export function basic(username: string, secret: string, scheme = "Basic"): string {
  return `${scheme} ${Buffer.from(`${username}:${secret}`).toString("base64")}`;
}
