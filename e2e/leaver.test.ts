import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeProvider } from "../packages/server/src/testing/fake-provider.ts";
import { eventually } from "./eventually.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const API = "/api/mintmark/v1";

let provider: FakeProvider;
let hub: RunningServer;

beforeAll(async () => {
  provider = await FakeProvider.start();
  hub = await startServer({
    env: {
      MINTMARK_OIDC_ISSUER: provider.issuer,
      MINTMARK_OIDC_CLIENT_ID: "hub",
      MINTMARK_OIDC_SCOPES: "openid profile email groups offline_access",
      MINTMARK_OIDC_RECHECK: "1s",
      MINTMARK_REGISTRY_SERVICES: "registry.test",
    },
  });
});

afterAll(async () => {
  await hub.stop();
  hub.remove();
  await provider.stop();
});

const cookiesOf = (reply: Response) =>
  reply.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

/** What her browser does: to the provider, and back with a session. */
async function signIn(name: string): Promise<Record<string, string>> {
  provider.person = { sub: `sub-${name}`, claims: { preferred_username: name } };
  const started = await fetch(`${hub.url}/sign-in/oidc?return=/tokens`, { redirect: "manual" });
  const callback = provider.agree(started.headers.get("location") ?? "");
  const headers = { cookie: cookiesOf(started) };
  const back = await fetch(`${hub.url}${callback}`, { redirect: "manual", headers });
  expect(back.status).toBe(303);
  const cookie = cookiesOf(back);
  const session = await fetch(`${hub.url}${API}/session`, { headers: { cookie } });
  const { csrfToken } = (await session.json()) as { csrfToken: string };
  return { cookie, "x-csrf-token": csrfToken };
}

async function create(headers: Record<string, string>, body: unknown): Promise<string> {
  const reply = await fetch(`${hub.url}${API}/credentials`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await reply.json()) as { secret: string };
  expect(reply.status, JSON.stringify(answer)).toBe(201);
  return answer.secret;
}

const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
const statusOf = async (path: string, authorization: string) =>
  (await fetch(`${hub.url}${path}`, { headers: { authorization } })).status;

test("who leaves the organisation loses every door at once, the pipeline goes on, and she may come back", async () => {
  const root = await logIn(hub);
  const session = await signIn("grace");
  const grants = ["repository:acme/*:pull"];
  await api(hub, "POST", "/services", {
    bearer: root,
    body: { name: "nightly", stewards: ["grace"], grants },
  });
  const [hubToken, appToken, pipeline] = [
    await create(session, { kind: "hub_token" }),
    await create(session, { kind: "app_token", title: "laptop" }),
    await create(session, { kind: "app_token", title: "nightly", owner: "nightly" }),
  ];
  const doors = async () => [
    await statusOf("/api/galaxy/v3/plugin/ansible/content/published/collections/index/", `Token ${hubToken}`),
    await statusOf("/v2/auth?service=registry.test", basic("$app", appToken)),
    (await fetch(`${hub.url}${API}/session`, { headers: session })).status,
  ];
  const pulls = () => statusOf("/v2/auth?service=registry.test", basic("nightly", pipeline));
  expect(await doors()).toEqual([200, 200, 200]);
  expect(await pulls()).toBe(200);

  // Her last day: nobody touches the hub.
  provider.tokenError = { status: 400, error: "invalid_grant" };
  const gone = await eventually(async () => {
    const now = await doors();
    return now.every((status) => status === 401) ? now : null;
  });
  expect(gone).toEqual([401, 401, 401]);
  expect(await pulls()).toBe(200);
  expect(await api(hub, "GET", "/users/grace", { bearer: root })).toMatchObject({
    suspended: true,
    disabled: false,
  });
  expect(await api(hub, "GET", "/services/nightly", { bearer: root })).toMatchObject({ orphaned: true });

  provider.tokenError = null;
  await eventually(async () => ((await doors()).slice(0, 2).every((status) => status === 200) ? true : null));
  expect(await api(hub, "GET", "/services/nightly", { bearer: root })).toMatchObject({ orphaned: false });
  const { events } = await api<{ events: { action: string; owner: string | null }[] }>(
    hub,
    "GET",
    "/audit?limit=100",
    { bearer: root },
  );
  const told = events
    .filter(({ owner }) => owner === "grace" || owner === "nightly")
    .map((one) => one.action);
  for (const action of ["account.suspend", "service.orphaned", "credential.freeze", "account.resume"]) {
    expect(told).toContain(action);
  }
});
