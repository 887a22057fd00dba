import { createServer, type Server } from "node:http";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { OidcClient } from "../packages/server/src/system/oidc-client.ts";
import { createHarness, type Harness } from "../packages/server/src/testing/harness.ts";
import { freePort } from "./docker-registry.ts";

const API = "/api/mintmark/v1";
const HUB = "http://hub.test";
const STEPS_MAX = 15;

/** The people of the organisation, as node-oidc-provider (a certified OpenID provider) knows them. */
const people = new Map<string, Record<string, unknown>>();

let server: Server;
let hub: Harness;

beforeAll(async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "hub",
        client_secret: "the hub's secret at the provider",
        redirect_uris: [`${HUB}/sign-in/oidc/callback`],
        grant_types: ["authorization_code", "refresh_token"],
      },
    ],
    claims: {
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    findAccount: (_context: unknown, sub: string) => {
      const claims = people.get(sub);
      return claims && { accountId: sub, claims: () => ({ sub, ...claims }) };
    },
  });
  server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(Number(new URL(issuer).port), "127.0.0.1", resolve));
  hub = await createHarness({
    signIn: (clock) => ({
      local: "on",
      ldap: null,
      oidc: {
        name: "Example",
        recheckMs: 3_600_000,
        groups: { admin: "hub-admins", auditor: null, required: null, foldsCase: false },
        provider: new OidcClient({
          issuer,
          clientId: "hub",
          clientSecret: new Secret("the hub's secret at the provider"),
          scopes: "openid profile email groups offline_access",
          usernameClaim: "preferred_username",
          groupsClaim: "groups",
          publicUrl: () => HUB,
          clock,
        }),
      },
    }),
  });
  await hub.addUser("root", { role: "admin" });
});

afterAll(async () => {
  await hub?.close();
  server?.closeAllConnections();
  server?.close();
});

/** What a browser does at the provider: the log-in, the consent, and back to the hub's callback. */
async function agree(startUrl: string, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = startUrl;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply: Response = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...(form ? { method: "POST", body: form } : {}),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const target = reply.headers.get("location");
    form = null;
    if (target === null) {
      const page = await reply.text();
      const action = /action="([^"]+)"/.exec(page)?.[1] ?? "";
      const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1] ?? "";
      form = new URLSearchParams({ prompt, login, password: "any" });
      url = new URL(action, url).href;
    } else {
      url = new URL(target, url).href;
      if (url.startsWith(HUB)) {
        return new URL(url);
      }
    }
  }
  throw new Error("the provider did not come to an end");
}

const cookieOf = (reply: { headers: Record<string, unknown> }) =>
  [reply.headers["set-cookie"] ?? []]
    .flat()
    .map((line) => String(line).split(";")[0])
    .join("; ");

test("a person signs in at a certified provider, and leaving it takes her tokens along until she is back", async () => {
  people.set("1001", {
    preferred_username: "ada",
    name: "Ada",
    email: "ada@example.test",
    email_verified: true,
    groups: ["hub-admins"],
  });
  const started = await hub.call({ url: "/sign-in/oidc?return=/tokens" });
  const callback = await agree(String(started.headers.location), "1001");
  const url = `${callback.pathname}${callback.search}`;
  const back = await hub.call({ url, headers: { cookie: cookieOf(started) } });
  expect([back.statusCode, back.headers.location]).toEqual([303, "/tokens"]);
  const session = await hub.call({ url: `${API}/session`, headers: { cookie: cookieOf(back) } });
  expect(session.json().user).toMatchObject({
    username: "ada",
    displayName: "Ada",
    email: "ada@example.test",
    role: "admin",
  });

  const { secret } = await hub.issue("ada", "personal_token");
  const afterRecheck = async () => {
    hub.clock.advance({ hours: 1, seconds: 1 });
    await hub.hub.jobs.run("recheck-oidc");
    return (await hub.call({ url: "/verify", bearer: secret })).statusCode;
  };
  expect(await afterRecheck()).toBe(200);
  const ada = people.get("1001") ?? {};
  people.delete("1001");
  expect([await afterRecheck(), await afterRecheck()]).toEqual([200, 401]);
  people.set("1001", { ...ada, groups: [] });
  expect(await afterRecheck()).toBe(200);
  expect((await hub.hub.accounts.get("ada")).role).toBe("member");
});

describe("a certified provider's good answer is refused", () => {
  const begin = async () => {
    const started = await hub.call({ url: "/sign-in/oidc?return=/tokens" });
    return { location: String(started.headers.location), cookie: cookieOf(started) };
  };
  const end = async (callback: URL, cookie: string) => {
    const reply = await hub.call({ url: `${callback.pathname}${callback.search}`, headers: { cookie } });
    const session = cookieOf(reply).includes("mintmark_session=");
    return [reply.statusCode, String(reply.headers["content-type"]), session];
  };
  const REFUSED = [400, "text/html; charset=utf-8", false];

  beforeAll(() => {
    people.set("1002", { preferred_username: "bob", groups: [] });
  });

  test("with a nonce that is not the one of this sign-in", async () => {
    const { location, cookie } = await begin();
    const changed = new URL(location);
    changed.searchParams.set("nonce", "another");
    expect(await end(await agree(changed.href, "1002"), cookie)).toEqual(REFUSED);
  });

  test("with a code for another proof key", async () => {
    const { location, cookie } = await begin();
    const changed = new URL(location);
    changed.searchParams.set("code_challenge", "a".repeat(43));
    expect(await end(await agree(changed.href, "1002"), cookie)).toEqual(REFUSED);
  });

  test("with the state of another window, and with the code of another window", async () => {
    const [one, two] = [await begin(), await begin()];
    const [ofOne, ofTwo] = [await agree(one.location, "1002"), await agree(two.location, "1002")];
    expect(await end(ofOne, two.cookie)).toEqual(REFUSED);
    ofTwo.searchParams.set("code", ofOne.searchParams.get("code") ?? "");
    expect(await end(ofTwo, two.cookie)).toEqual(REFUSED);
  });

  test("in the name of another issuer", async () => {
    const { location, cookie } = await begin();
    const callback = await agree(location, "1002");
    callback.searchParams.set("iss", "https://evil.test");
    expect(await end(callback, cookie)).toEqual(REFUSED);
  });

  test("a second time", async () => {
    const { location, cookie } = await begin();
    const callback = await agree(location, "1002");
    expect((await end(callback, cookie))[0]).toBe(303);
    expect(await end(callback, cookie)).toEqual(REFUSED);
  });
});
