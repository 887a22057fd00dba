import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { requirePackages } from "./npm-clients.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

/**
 * IBM's own clients, with only the host changed, and a service behind the hub that accepts their credentials.
 */
const GUIDE = readFileSync(new URL("../docs/guide/data-product-hub.md", import.meta.url), "utf8");
const PASSWORD = "ada's long password";
const run = promisify(execFile);

const load = await requirePackages("ibm-clients", {
  "sdk-core-5": "npm:ibm-cloud-sdk-core@5.9.1",
  "sdk-core-4": "npm:ibm-cloud-sdk-core@4.3.4",
  "@ibm-cloud/watsonx-ai": "1.7.16",
});
// In a folder of its own: in that of the others it would find their axios, which is too new for it.
const loadOld = await requirePackages("ibm-clients-2", { "sdk-core-2": "npm:ibm-cloud-sdk-core@2.17.15" });

interface SdkCore {
  readonly CloudPakForDataAuthenticator: new (options: Record<string, string>) => Authenticator;
  readonly IamAuthenticator: new (options: Record<string, string>) => Authenticator;
  readonly McspAuthenticator: new (options: Record<string, string>) => Authenticator;
  readonly NoAuthAuthenticator: new () => Authenticator;
  readonly BaseService: new (
    options: Record<string, unknown>,
  ) => {
    createRequest(parameters: Record<string, unknown>): Promise<{ status: number; result: unknown }>;
  };
}

interface Authenticator {
  authenticate(request: { headers?: Record<string, string> }): Promise<void>;
}

let hub: RunningServer;
/** A load balancer in front of the hub that counts requests, with a service of its own. */
let front: Server;
let url: string;
let passed: string[];
let users = 0;
let user: string;
let session: string;

beforeAll(async () => {
  if (!(load && loadOld)) {
    return;
  }
  hub = await startServer();
  front = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const bearer = await logIn(hub);
  await api(hub, "POST", "/instances", { bearer, body: { id: "sales", displayName: "Sales data" } });
});

afterAll(async () => {
  front?.close();
  await hub?.stop();
  hub?.remove();
});

/** A user for each test, since each has but one key. */
beforeEach(async () => {
  if (!(load && loadOld)) {
    return;
  }
  passed = [];
  users += 1;
  user = `ada${users}`;
  const bearer = await logIn(hub);
  await api(hub, "POST", "/users", { bearer, body: { username: user, password: PASSWORD, role: "member" } });
  await api(hub, "PUT", `/users/${user}/grants`, { bearer, body: { grants: ["instance:sales:use"] } });
  session = await logIn(hub, user, PASSWORD);
});

/** What begins with `/ml/` is the service's: it asks the hub about the caller. All else is the hub's. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  passed.push(path.split("?")[0] ?? "");
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const { authorization, "content-type": contentType } = request.headers;
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(contentType === undefined ? {} : { "content-type": contentType }),
  };
  if (path.startsWith("/ml/")) {
    const verified = await fetch(`${hub.url}/verify?scope=instance:sales:use`, { headers });
    const body = { resources: [], caller: verified.headers.get("remote-user") };
    response.writeHead(verified.status, { "content-type": "application/json" }).end(JSON.stringify(body));
    return;
  }
  const reply = await fetch(`${hub.url}${path}`, {
    method: request.method ?? "GET",
    headers,
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  });
  response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "text/plain" });
  response.end(Buffer.from(await reply.arrayBuffer()));
}

async function makeKey(): Promise<string> {
  const reply = await fetch(`${hub.url}/usermgmt/v1/user/apiKey`, {
    method: "POST",
    headers: { authorization: `Bearer ${session}` },
  });
  return ((await reply.json()) as { apiKey: string }).apiKey;
}

async function revokeKey(): Promise<void> {
  const headers = { authorization: `Bearer ${session}` };
  const reply = await fetch(`${hub.url}/usermgmt/v1/user/apiKey`, { method: "DELETE", headers });
  expect(reply.status).toBe(204);
}

function core(name: string): SdkCore {
  return ((name === "sdk-core-2" ? loadOld : load) as NodeJS.Require)(name) as SdkCore;
}

/** A call of the service through the SDK, as any generated client makes it. */
function callService(sdk: SdkCore, authenticator: Authenticator, headers: Record<string, string> = {}) {
  const service = new sdk.BaseService({ authenticator, serviceUrl: url });
  return service.createRequest({
    options: { url: "/ml/v1/things", method: "GET" },
    defaultOptions: { serviceUrl: url, headers },
  });
}

async function callerSeen(sdk: SdkCore, authenticator: Authenticator): Promise<unknown> {
  const { result } = await callService(sdk, authenticator);
  return (result as { caller: unknown }).caller;
}

describe.each([
  ["ibm-cloud-sdk-core 5.9.1", "sdk-core-5"],
  ["ibm-cloud-sdk-core 4.3.4", "sdk-core-4"],
  ["ibm-cloud-sdk-core 2.17.15", "sdk-core-2"],
])("%s", (_version, name) => {
  it("logs in once by API key, from whatever base URL, and calls a service behind the hub", async () => {
    const sdk = core(name);
    const apikey = await makeKey();
    for (const base of [url, `${url}/icp4d-api`, `${url}/icp4d-api/v1/authorize`, `${url}/icp4d-api/`]) {
      passed = [];
      const authenticator = new sdk.CloudPakForDataAuthenticator({ url: base, username: user, apikey });

      const [first] = await Promise.all([1, 2, 3].map(() => callerSeen(sdk, authenticator)));
      expect(first).toBe(user);
      expect(await callerSeen(sdk, authenticator)).toBe(user);
      expect(passed.filter((path) => path.endsWith("/authorize"))).toHaveLength(1);
    }
  });

  it("logs in by password", async () => {
    const sdk = core(name);
    const options = { url: `${url}/icp4d-api`, username: user, password: PASSWORD };
    expect(await callerSeen(sdk, new sdk.CloudPakForDataAuthenticator(options))).toBe(user);
  });

  it("is refused with a wrong key, somebody else's, a wrong password, and the one as the other", async () => {
    const sdk = core(name);
    const apikey = await makeKey();
    for (const wrong of [
      { username: user, apikey: `mmp_${"x".repeat(36)}` },
      { username: "admin", apikey },
      { username: user, password: "not the password" },
      { username: user, apikey: PASSWORD },
      { username: user, password: apikey },
    ]) {
      const authenticator = new sdk.CloudPakForDataAuthenticator({ url, ...wrong });
      await expect(authenticator.authenticate({})).rejects.toMatchObject({
        message: expect.stringContaining("Access is denied due to invalid credentials"),
      });
    }
  });

  it("keeps its bearer after the key was revoked, and gets nowhere with it", async () => {
    const sdk = core(name);
    const apikey = await makeKey();
    const options = { url: `${url}/icp4d-api`, username: user, apikey };
    const authenticator = new sdk.CloudPakForDataAuthenticator(options);
    expect(await callerSeen(sdk, authenticator)).toBe(user);

    await revokeKey();

    await expect(callService(sdk, authenticator)).rejects.toMatchObject({ status: 401 });
    const fresh = new sdk.CloudPakForDataAuthenticator(options);
    await expect(fresh.authenticate({})).rejects.toMatchObject({ status: 401 });
  });

  it("sends ZenApiKey as a default header", async () => {
    const sdk = core(name);
    const authorization = `ZenApiKey ${Buffer.from(`${user}:${await makeKey()}`).toString("base64")}`;
    const { result } = await callService(sdk, new sdk.NoAuthAuthenticator(), { authorization });
    expect(result).toMatchObject({ caller: user });
  });

  it("takes a bearer from IAM's door", async () => {
    const sdk = core(name);
    const apikey = await makeKey();
    expect(await callerSeen(sdk, new sdk.IamAuthenticator({ url, apikey }))).toBe(user);
    const wrong = new sdk.IamAuthenticator({ url, apikey: "wrong" });
    await expect(wrong.authenticate({})).rejects.toMatchObject({ status: 401 });
  });
});

// 2.17 has no authenticator for it.
it.each(["sdk-core-5", "sdk-core-4"])("%s takes a bearer from MCSP's door", async (name) => {
  const sdk = core(name);
  const authenticator = new sdk.McspAuthenticator({ url, apikey: await makeKey() });
  expect(await callerSeen(sdk, authenticator)).toBe(user);
});

describe("@ibm-cloud/watsonx-ai 1.7.16 in cp4d mode", () => {
  interface WatsonX {
    readonly WatsonXAI: {
      newInstance(options: Record<string, string>): {
        listFoundationModelSpecs(): Promise<{ status: number; result: unknown }>;
      };
    };
  }
  const NAMES = ["AUTH_TYPE", "USERNAME", "APIKEY", "PASSWORD", "AUTH_URL"];

  async function listModels(environment: Record<string, string>) {
    for (const name of NAMES) {
      delete process.env[`WATSONX_AI_${name}`];
    }
    for (const [name, value] of Object.entries({ AUTH_TYPE: "cp4d", AUTH_URL: url, ...environment })) {
      process.env[`WATSONX_AI_${name}`] = value;
    }
    const { WatsonXAI } = (load as NodeJS.Require)("@ibm-cloud/watsonx-ai") as WatsonX;
    return WatsonXAI.newInstance({ version: "2024-05-31", serviceUrl: url }).listFoundationModelSpecs();
  }

  afterAll(() => {
    for (const name of NAMES) {
      delete process.env[`WATSONX_AI_${name}`];
    }
  });

  it("is configured by environment, by key and by password", async () => {
    const apikey = await makeKey();
    expect((await listModels({ USERNAME: user, APIKEY: apikey })).result).toMatchObject({ caller: user });
    expect((await listModels({ USERNAME: user, PASSWORD })).result).toMatchObject({ caller: user });
    expect(passed).toContain("/icp4d-api/v1/authorize");
  });

  it("is refused with a revoked key", async () => {
    const apikey = await makeKey();
    await revokeKey();
    await expect(listModels({ USERNAME: user, APIKEY: apikey })).rejects.toThrow(/Access is denied/);
  });
});

describe("the guide", () => {
  requireProgram("curl");
  requireProgram("jq");

  it("can be followed word for word, from a password to a bearer for one instance", async () => {
    const steps = [...GUIDE.matchAll(/<!-- story -->\n```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
    expect(steps).toHaveLength(4);
    const { stdout } = await run("bash", ["-c", ["set -euo pipefail", ...steps].join("\n")], {
      env: { ...process.env, HUB: hub.url, HUB_USER: user, HUB_PASSWORD: PASSWORD },
    });
    const [byKey, byBearer, bearer] = stdout.trim().split("\n");
    expect([byKey, byBearer]).toEqual([user, user]);
    const verified = async (scope: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await fetch(`${hub.url}/verify?scope=${scope}`, { headers })).status;
    };
    expect(await verified("instance:sales:use")).toBe(200);
    expect(await verified("instance:hr:use")).toBe(403);
  });

  it("holds for a wrong key and for a revoked one", async () => {
    const key = await makeKey();
    const recipe = (secret: string) =>
      run("bash", [
        "-c",
        `curl -sS -o /dev/null -w '%{http_code}' "$0/usermgmt/v1/user/currentUserInfo" -H "Authorization: ZenApiKey $(echo "$1:$2" | base64)"`,
        hub.url,
        user,
        secret,
      ]);
    expect((await recipe(key)).stdout).toBe("200");
    expect((await recipe(`${key.slice(0, -1)}_`)).stdout).toBe("401");
    await revokeKey();
    expect((await recipe(key)).stdout).toBe("401");
  });
});
