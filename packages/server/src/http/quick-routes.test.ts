import { type AddressInfo, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../core/caller.ts";
import { drawSecret } from "../core/secret/format.ts";

import { createHarness, type Harness, PASSWORD } from "../testing/harness.ts";

const NOBODY = anonymousCaller({ address: null, agent: "test" });
let hub: Harness;
let url: string;

beforeAll(async () => {
  hub = await createHarness();
  url = await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  await hub.addUser("alice", { grants: ["repository:team/*:pull,push", "collection:acme.*:upload"] });
});

afterAll(() => hub.close());

// Requests over the wire are served before the framework, injected ones by the framework. A yes that only one
// transport says would be a hole.
test("/verify is answered alike before the framework and by it, cold and warm, before and after the end", async () => {
  const live = await hub.issue("alice", "personal_token", { scopes: ["repository:team/*:pull"] });
  const app = await hub.issue("alice", "app_token");
  const offline = await hub.issue("alice", "offline_token");
  const brief = await hub.issue("alice", "personal_token", { expiresAt: hub.clock.now() + 60_000 });
  await hub.addUser("bob");
  const bobs = await hub.issue("bob", "hub_token");
  const secrets = [live, app, offline, brief, bobs].map(({ secret }) => secret);
  const pair = (user: string, secret: string) => Buffer.from(`${user}:${secret}`).toString("base64");
  const headers = [
    ...secrets.flatMap((secret) => [`Bearer ${secret}`, `token ${secret}`, `Bearer ${secret}x`]),
    ...["alice", "ALICE", "bob", "$app"].flatMap((user) => [
      `Basic ${pair(user, app.secret)}`,
      `ZenApiKey ${pair(user, live.secret)}`,
      `Basic ${pair(user, bobs.secret)}`,
    ]),
    `Basic ${pair("alice", PASSWORD)}`,
    `Bearer ${await hub.logIn("alice")}`,
    `Bearer ${drawSecret(hub.context.entropy, "mmt_").reveal()}`,
    "Bearer a.b.c",
    "Bearer",
    null,
  ];
  const queries = [
    "",
    "?scope=repository:team/a:pull",
    "?scope=repository:team/a:push",
    "?scope=",
    "?scope=*:*:*",
  ];

  const compare = async (): Promise<number> => {
    let accepted = 0;
    for (const authorization of headers) {
      for (const query of queries) {
        const wire = await ask(query, authorization);
        expect(wire, `${authorization?.slice(0, 12)} ${query}`).toEqual(await inject(query, authorization));
        accepted += wire.status === 200 ? 1 : 0;
      }
    }
    return accepted;
  };

  const cold = await compare();
  expect(await compare()).toBe(cold);
  expect(cold).toBeGreaterThan(10);

  hub.clock.advance({ seconds: 60 });
  const afterExpiry = await compare();
  expect(afterExpiry).toBeLessThan(cold);
  const credential = await hub.hub.credentials.find(live.id);
  if (credential) {
    await hub.hub.revocations.revoke(credential, NOBODY, null);
  }
  await hub.hub.accounts.update("bob", { disabled: true }, NOBODY);
  await hub.hub.accounts.setGrants("alice", [], NOBODY);
  expect(await compare()).toBeLessThan(afterExpiry);
});

test("a request that is served before the framework is a use, and carries what every answer carries", async () => {
  const { secret, id } = await hub.issue("alice", "personal_token");
  for (let round = 0; round < 2; round += 1) {
    const reply = await fetch(`${url}/verify`, {
      headers: { authorization: `Bearer ${secret}`, "user-agent": `round ${round}` },
    });
    expect(reply.headers.get("x-request-id")).toMatch(/^[\w-]{12}$/);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
  }
  const credential = await hub.hub.credentials.find(id);
  expect(credential && hub.hub.uses.latest(credential)).toMatchObject({
    agent: "round 1",
    address: "127.0.0.1",
  });
});

test("introspection is answered alike before the framework and by it, cold and warm, before and after the end", async () => {
  const made = await hub.hub.clients.create(
    { clientId: "service", name: "s", type: "confidential", scopes: ["hub:introspect:use"] },
    NOBODY,
  );
  const clientSecret = made.secret?.reveal() ?? "";
  await hub.addUser("carol", { grants: ["hub:introspect:use", "repository:team/*:pull"] });
  const may = await hub.issue("carol", "personal_token");
  const mayNot = await hub.issue("carol", "personal_token", { scopes: ["repository:team/*:pull"] });
  const live = await hub.issue("carol", "app_token");
  const offline = await hub.issue("carol", "offline_token");
  const basic = (user: string, secret: string) =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
  const callers = [
    basic("service", clientSecret),
    basic("service", `${clientSecret}x`),
    basic("nobody", clientSecret),
    basic("carol", may.secret),
    `Bearer ${may.secret}`,
    `Bearer ${mayNot.secret}`,
    `Bearer ${live.secret}`,
    null,
  ];
  const secrets = [
    live.secret,
    offline.secret,
    `${live.secret}x`,
    drawSecret(hub.context.entropy, "mma_").reveal(),
  ];
  const forms = [
    ...secrets.map((token) => `token=${token}`),
    `token=${live.secret}&scope=repository:team/a:pull&audience=http://hub.test`,
    `token=${live.secret}&scope=repository:team/a:push`,
    `token=${live.secret}&audience=http://elsewhere.test`,
    `token=${live.secret}&scope=nonsense`,
    `token=${live.secret}&token=${live.secret}`,
    `token=${live.secret}&client_id=service&client_secret=${clientSecret}`,
    "token=",
    "x",
  ];
  const compare = async (): Promise<number> => {
    let active = 0;
    for (const authorization of callers) {
      for (const form of forms) {
        const wire = await introspectByWire(form, authorization);
        expect(wire, `${authorization?.slice(0, 8)} ${form.slice(0, 9)}`).toEqual(
          await introspectByInjection(form, authorization),
        );
        active += wire.body.includes('"active":true') ? 1 : 0;
      }
    }
    return active;
  };

  const cold = await compare();
  expect(await compare()).toBe(cold);
  expect(cold).toBeGreaterThan(10);
  const credential = await hub.hub.credentials.find(live.id);
  if (credential) {
    await hub.hub.revocations.revoke(credential, NOBODY, null);
  }
  const afterRevocation = await compare();
  expect(afterRevocation).toBeLessThan(cold);
  await hub.hub.clients.remove("service", NOBODY);
  expect(await compare()).toBeLessThan(afterRevocation);
});

// What they sign differs each time, so status, the names of headers and fields, and refusals are compared.
test("tokens are handed out alike before the framework and by it", async () => {
  const offline = await hub.issue("alice", "offline_token");
  const app = await hub.issue("alice", "app_token");
  const token = "/auth/realms/redhat-external/protocol/openid-connect/token";
  const refresh = (secret: string) =>
    `grant_type=refresh_token&client_id=cloud-services&refresh_token=${secret}`;
  const login = { authorization: `Basic ${Buffer.from(`$app:${app.secret}`).toString("base64")}` };
  const wrong = { authorization: `Basic ${Buffer.from(`alice:${app.secret}`).toString("base64")}` };
  const pull = "/v2/auth?service=mintmark-registry&scope=repository:team/a:pull";
  const calls = [
    { method: "POST", url: token, headers: FORM, raw: refresh(offline.secret) },
    { method: "POST", url: token, headers: FORM, raw: refresh(app.secret) },
    { method: "POST", url: token, headers: FORM, raw: "grant_type=refresh_token" },
    { method: "POST", url: token, headers: { "content-type": "application/json" }, raw: "{}" },
    { method: "GET", url: pull, headers: login },
    { method: "GET", url: pull, headers: wrong },
    { method: "GET", url: pull, headers: {} },
    { method: "POST", url: "/v2/auth", headers: FORM, raw: "grant_type=password&service=mintmark-registry" },
  ] as const;
  for (const call of [...calls, ...calls]) {
    const body = "raw" in call ? { body: call.raw } : {};
    const reply = await fetch(url + call.url, { method: call.method, headers: call.headers, ...body });
    const wire = shapeOf(reply.status, [...reply.headers.keys()], await reply.text());
    const injected = await hub.call(call);
    expect(wire, call.url).toEqual(
      shapeOf(injected.statusCode, Object.keys(injected.headers), injected.body),
    );
  }
});

function shapeOf(status: number, headers: readonly string[], body: string) {
  const names = headers.filter((name) => !CHANGING.has(name)).sort();
  return {
    status,
    names,
    body: status === 200 ? Object.keys(JSON.parse(body)) : body.replace(/"[\w-]{12}"/, ""),
  };
}

test("a body that comes slowly, in chunks or not at all does no harm", async () => {
  const { secret } = await hub.issue("alice", "personal_token");
  const head = `POST /oauth/introspect HTTP/1.1\r\nHost: hub\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer ${secret}\r\n`;
  const form = `token=${secret}`;
  const half = Math.floor(form.length / 2);
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const whole = `${head}Content-Length: ${form.length}\r\n\r\n`;
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
  const forbidden = /^HTTP\/1\.1 403 /;

  expect(await speak([whole + form])).toMatch(forbidden);
  expect(await speak([whole, form])).toMatch(forbidden);
  expect(await speak([whole + form.slice(0, half), form.slice(half)])).toMatch(forbidden);
  expect(await speak([chunked + chunk(form.slice(0, half)), `${chunk(form.slice(half))}0\r\n\r\n`])).toMatch(
    forbidden,
  );
  expect(await speak([`${head}Content-Length: 0\r\n\r\n`])).toMatch(forbidden);
  expect(await speak([`${head}Content-Length: 2000000\r\n\r\n`])).toMatch(/^HTTP\/1\.1 413 /);
  await speak([whole + form.slice(0, half)], { hangUp: true });
  expect((await ask("", `Bearer ${secret}`)).status).toBe(200);
});

describe("behind a proxy", () => {
  test("a trusted one is believed about the client's address, anybody else is not", async () => {
    const { secret, id } = await hub.issue("alice", "personal_token");
    const headers = { authorization: `Bearer ${secret}`, "x-forwarded-for": "203.0.113.7" };
    const usedFrom = async (at: string): Promise<string | null | undefined> => {
      for (let round = 0; round < 2; round += 1) {
        expect((await fetch(`${at}/verify`, { headers })).status).toBe(200);
      }
      const credential = await hub.hub.credentials.find(id);
      return credential && hub.hub.uses.latest(credential)?.address;
    };
    expect(await usedFrom(url)).toBe("127.0.0.1");

    const believing = await createHarness({ trustedProxies: ["127.0.0.0/8"] });
    const behind = await believing.server.app.listen({ host: "127.0.0.1", port: 0 });
    await believing.addUser("alice");
    const other = await believing.issue("alice", "personal_token");
    for (let round = 0; round < 2; round += 1) {
      await fetch(`${behind}/verify`, { headers: { ...headers, authorization: `Bearer ${other.secret}` } });
    }
    const credential = await believing.hub.credentials.find(other.id);
    expect(credential && believing.hub.uses.latest(credential)?.address).toBe("203.0.113.7");
    await believing.close();
  });
});

const CHANGING = new Set(["x-request-id", "date", "connection", "keep-alive"]);

async function ask(query: string, authorization: string | null) {
  const reply = await fetch(`${url}/verify${query}`, { headers: headersFor(authorization) });
  return { status: reply.status, headers: steady([...reply.headers]), body: await reply.text() };
}

async function inject(query: string, authorization: string | null) {
  return injected(await hub.call({ url: `/verify${query}`, headers: headersFor(authorization) }));
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

async function introspectByWire(body: string, authorization: string | null) {
  const headers = { ...FORM, ...headersFor(authorization) };
  const reply = await fetch(`${url}/oauth/introspect`, { method: "POST", headers, body });
  return { status: reply.status, headers: steady([...reply.headers]), body: await reply.text() };
}

async function introspectByInjection(raw: string, authorization: string | null) {
  const headers = { ...FORM, ...headersFor(authorization) };
  return injected(await hub.call({ method: "POST", url: "/oauth/introspect", headers, raw }));
}

function headersFor(authorization: string | null): Record<string, string> {
  return authorization === null ? {} : { authorization };
}

function injected(reply: LightMyRequestResponse) {
  const headers = Object.entries(reply.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: reply.statusCode, headers: steady(headers), body: reply.body };
}

function steady(headers: readonly (readonly [string, string])[]) {
  return Object.fromEntries(headers.filter(([name]) => !CHANGING.has(name)));
}

/** Sends pieces over one connection, a moment apart, and gives what came back first. */
function speak(pieces: readonly string[], options: { readonly hangUp?: true } = {}): Promise<string> {
  const { port } = hub.server.app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await delay(30);
      }
      if (options.hangUp) {
        socket.destroy();
        resolve("");
      }
    });
    socket.once("data", (chunk: Buffer) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
