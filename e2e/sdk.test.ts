import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MintmarkClient, MintmarkError, pagesOf } from "../packages/sdk/src/index.ts";
import { ADMIN_PASSWORD, type RunningServer, startServer } from "./server.ts";

/** A fetch with a browser's cookie jar, as far as one session needs it. */
function browserFetch(): typeof fetch {
  let cookie = "";
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    if (cookie !== "") headers.set("cookie", cookie);
    const response = await fetch(input, { ...init, headers });
    const [set] = response.headers.getSetCookie();
    if (set) cookie = set.split(";")[0] ?? "";
    return response;
  };
}

/** Every answer of this little server is one and the same. */
async function stubServer(status: number, headers: Readonly<Record<string, string>> = {}) {
  const seen: NodeJS.Dict<string | string[]>[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe("the SDK", () => {
  let server: RunningServer;
  let client: MintmarkClient;

  beforeAll(async () => {
    server = await startServer();
    const anyone = new MintmarkClient({ baseUrl: server.url });
    const { accessToken } = await anyone.openSession({ username: "admin", password: ADMIN_PASSWORD });
    client = new MintmarkClient({ baseUrl: `${server.url}/`, bearer: async () => accessToken });
  });

  afterAll(async () => {
    await server.stop();
    server.remove();
  });

  test("makes a credential, finds it, and ends it", async () => {
    const { credential, secret } = await client.createCredential({ kind: "app_token", title: "laptop" });
    expect(secret).toMatch(/^mma_\w{36}$/);

    await client.revokeCredential(credential.id, { reason: "lost" });

    expect(await client.getCredential(credential.id)).toMatchObject({
      state: "revoked",
      revokedReason: "lost",
    });
  });

  test("is told which nodes know of an end", async () => {
    const { credential } = await client.createCredential({ kind: "app_token", title: "leaked" });

    const answer = await client.revokeCredential(credential.id, {}, { prefer: "representation" });

    expect(answer?.receipt).toMatchObject({
      complete: true,
      boundMs: 1000,
      nodes: [{ applied: true, ms: 0 }],
    });
  });

  test("makes an account, changes it, and removes it with all it had", async () => {
    const made = await client.createUser({
      username: "ann",
      password: "ann's long password",
      role: "member",
    });
    expect(made).toMatchObject({ username: "ann", role: "member", disabled: false, email: null });
    await client.setGrants("ann", { grants: ["collection:acme.*:upload"] });
    expect((await client.getGrants("ann")).grants).toEqual(["collection:acme.*:upload"]);
    const anyone = new MintmarkClient({ baseUrl: server.url });
    const login = { username: "ann", password: "ann's long password" };
    const { accessToken } = await anyone.openSession(login);
    const ann = new MintmarkClient({ baseUrl: server.url, bearer: accessToken });
    await expect(ann.listUsers()).rejects.toMatchObject({ code: "forbidden", status: 403 });
    expect((await client.updateUser("ann", { email: "ann@example.org" })).email).toBe("ann@example.org");

    await client.deleteUser("ann");

    await expect(client.getUser("ann")).rejects.toMatchObject({ code: "not_found", status: 404 });
    await expect(ann.getSession()).rejects.toMatchObject({ status: 401 });
    await expect(anyone.openSession(login)).rejects.toMatchObject({ code: "invalid_login", status: 401 });
  });

  test("tells what is wrong with a body, and how long to wait", async () => {
    await client.createUser({ username: "bob", password: "bob's long password", role: "member" });
    const again = client.createUser({ username: "BOB", password: "bob's long password", role: "member" });
    await expect(again).rejects.toMatchObject({ code: "user_exists", status: 409 });
    const unknown = { kind: "app_token", title: "x", colour: "red" } as const;
    await expect(client.createCredential(unknown)).rejects.toMatchObject({ code: "unknown_field" });

    const anyone = new MintmarkClient({ baseUrl: server.url });
    const guess = () => anyone.openSession({ username: "bob", password: "a wrong password" });
    for (let tries = 0; tries < 10; tries += 1) {
      await expect(guess()).rejects.toMatchObject({ code: "invalid_login" });
    }
    const braked = await guess().catch((error: unknown) => error);
    expect(braked).toMatchObject({ code: "too_many_attempts", status: 429 });
    expect((braked as MintmarkError).retryAfterSeconds).toBeGreaterThan(0);
  });

  test("walks through all pages of a list", async () => {
    for (let at = 0; at < 5; at += 1) {
      await client.createCredential({ kind: "personal_token", title: `number ${at}`, scopes: ["*:*:*"] });
    }
    const titles: (string | null)[] = [];
    const list = (cursor: string | undefined) =>
      client.listCredentials({ kind: "personal_token", limit: 2, cursor });
    for await (const page of pagesOf(list)) titles.push(...page.credentials.map((one) => one.title));
    expect(titles).toEqual(["number 4", "number 3", "number 2", "number 1", "number 0"]);
  });

  test("tells a refusal with its code, status, field and request id", async () => {
    const refused = await client.listCredentials({ limit: 0 }).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(MintmarkError);
    expect(refused).toMatchObject({ code: "malformed_request", status: 400, field: "limit" });
    expect((refused as MintmarkError).requestId).toMatch(/^\S{8,}$/);
  });

  test("works on a browser's cookie, and finds the CSRF token again after a reload", async () => {
    const jar = browserFetch();
    const page = new MintmarkClient({ baseUrl: server.url, fetch: jar });
    await page.openSession({ username: "admin", password: ADMIN_PASSWORD });
    const { credential } = await page.createCredential({ kind: "app_token", title: "cookie" });

    const reloaded = new MintmarkClient({ baseUrl: server.url, fetch: jar });
    await reloaded.revokeCredential(credential.id);

    expect((await reloaded.getCredential(credential.id)).state).toBe("revoked");
    await reloaded.closeSession();
    await expect(reloaded.getSession()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("asks for a log-in once when the session is gone, and repeats the call", async () => {
    const jar = browserFetch();
    const asked: string[] = [];
    const page: MintmarkClient = new MintmarkClient({
      baseUrl: server.url,
      fetch: jar,
      signInAgain: async ({ code }) => {
        asked.push(code);
        await page.openSession({ username: "admin", password: ADMIN_PASSWORD });
        return true;
      },
    });

    const { credential } = await page.createCredential({ kind: "app_token", title: "after the log-in" });

    expect(credential.title).toBe("after the log-in");
    expect(asked).toEqual(["unauthenticated"]);
  });

  test("says apart a hub that is away, one that is slow, and a caller that gave up", async () => {
    const away = new MintmarkClient({ baseUrl: "http://127.0.0.1:1", bearer: "x" });
    await expect(away.getSession()).rejects.toMatchObject({ code: "unreachable", status: 0 });

    const slow = createServer(() => undefined);
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const waiting = new MintmarkClient({
      baseUrl: `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
      bearer: "x",
      timeoutMs: 100,
    });
    await expect(waiting.getSession()).rejects.toMatchObject({ code: "timeout" });
    await expect(waiting.getSession({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    slow.closeAllConnections();
    slow.close();
  });

  // Following a redirect would send the credential to the host that it names.
  test("shows its credential to nobody that a redirect names", async () => {
    const thief = await stubServer(200);
    const redirecting = await stubServer(307, { location: `${thief.url}/api` });
    const lured = new MintmarkClient({ baseUrl: redirecting.url, bearer: "mmt_secret" });

    await expect(lured.getSession()).rejects.toBeInstanceOf(MintmarkError);

    expect(redirecting.seen).toHaveLength(1);
    expect(thief.seen).toHaveLength(0);
    await Promise.all([thief.close(), redirecting.close()]);
  });
});
