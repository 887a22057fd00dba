import { afterAll, beforeAll, expect, test } from "vitest";
import { anonymousCaller } from "../../core/credential/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

const NOBODY = anonymousCaller({ address: null, agent: "test" });
let hub: Harness;
let url: string;

beforeAll(async () => {
  hub = await createHarness();
  url = await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  await hub.addUser("alice", { grants: ["repository:team/*:pull,push", "collection:acme.*:upload"] });
});

afterAll(() => hub.close());

// Requests over the wire come by the shortcut where it says yes; injected ones always go through the pipeline. A yes that only one of them
// says would be a hole.
test("the shortcut and the pipeline say the same, cold and warm, before and after the end", async () => {
  const live = await hub.issue("alice", "personal_token", { scopes: ["repository:team/*:pull"] });
  const app = await hub.issue("alice", "app_token");
  const offline = await hub.issue("alice", "offline_token");
  const brief = await hub.issue("alice", "personal_token", { expiresAt: hub.clock.now() + 60_000 });
  await hub.addUser("bob");
  const bobs = await hub.issue("bob", "hub_token");
  const secrets = [live, app, offline, brief, bobs].map(({ secret }) => secret);
  const pair = Buffer.from(`alice:${live.secret}`).toString("base64");
  const headers = [
    ...secrets.flatMap((secret) => [`Bearer ${secret}`, `token ${secret}`, `Bearer ${secret}x`]),
    `Basic ${pair}`,
    "Bearer",
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
        expect(wire, `${authorization.slice(0, 12)} ${query}`).toEqual(await inject(query, authorization));
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
    await hub.hub.credentials.revoke(credential, NOBODY, null);
  }
  await hub.hub.accounts.update("bob", { disabled: true }, NOBODY);
  await hub.hub.accounts.setGrants("alice", [], NOBODY);
  expect(await compare()).toBeLessThan(afterExpiry);
});

test("a request by the shortcut is a use, and carries what every answer carries", async () => {
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
  expect(credential && hub.hub.credentials.latestUse(credential)).toMatchObject({
    agent: "round 1",
    address: "127.0.0.1",
  });
});

const CHANGING = new Set(["x-request-id", "date", "connection", "keep-alive"]);

async function ask(query: string, authorization: string) {
  const reply = await fetch(`${url}/verify${query}`, { headers: { authorization } });
  return { status: reply.status, headers: steady([...reply.headers]), body: await reply.text() };
}

async function inject(query: string, authorization: string) {
  const reply = await hub.call({ url: `/verify${query}`, headers: { authorization } });
  const headers = Object.entries(reply.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: reply.statusCode, headers: steady(headers), body: reply.body };
}

function steady(headers: readonly (readonly [string, string])[]) {
  return Object.fromEntries(headers.filter(([name]) => !CHANGING.has(name)));
}
