import { afterEach, beforeEach, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";
let hub: Harness;
beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["collection:*:*"] });
});
afterEach(() => hub.close());

async function check(secret: string) {
  const reply = await hub.call({ method: "POST", url: `${API}/check`, json: { secret } });
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function makeToken() {
  const reply = await hub.call({
    method: "POST",
    url: `${API}/credentials`,
    headers: await hub.logInByCookie("ada"),
    json: { kind: "personal_token", title: "CI", scopes: ["collection:*:download"] },
  });
  return reply.json() as { credential: { id: string }; secret: string };
}

test("a holder learns that a secret is good, and nothing of its owner", async () => {
  const { secret, credential } = await makeToken();
  const answer = await check(` ${secret}\n`);
  expect(answer).toMatchObject({
    active: true,
    reason: null,
    credential: { id: credential.id, title: "CI" },
  });
  expect(Object.keys(answer.credential).sort()).toEqual(
    ["createdAt", "expiresAt", "hint", "id", "idleExpiresAt", "kind", "revokedAt", "state", "title"].sort(),
  );
});

test("asking is no use of the secret", async () => {
  const { secret, credential } = await makeToken();
  await check(secret);
  await hub.context.usage.flush();
  const reply = await hub.call({
    url: `${API}/credentials/${credential.id}`,
    headers: await hub.logInByCookie("ada"),
  });
  expect(reply.json().lastUsedAt).toBeNull();
});

test("a holder learns the reason and the day of an end", async () => {
  const { secret, credential } = await makeToken();
  const headers = await hub.logInByCookie("ada");
  await hub.call({ method: "DELETE", url: `${API}/credentials/${credential.id}`, headers });
  const day = new Date(hub.clock.now()).toISOString().slice(0, 10);
  expect(await check(secret)).toMatchObject({
    active: false,
    reason: "revoked",
    explanation: expect.stringContaining(`was revoked on ${day}`),
    credential: { state: "revoked" },
  });
});

test.each([
  ["a word", "hunter2", "malformed"],
  ["a secret that this hub never made", `mmt_${"0".repeat(36)}`, "malformed"],
])("%s is not active, and nothing else is told", async (_, secret, reason) => {
  expect(await check(secret)).toEqual({ active: false, reason, explanation: null, credential: null });
});

test("a secret of another hub is unknown", async () => {
  const other = await createHarness();
  try {
    await other.addUser("ada", { grants: ["collection:*:*"] });
    const reply = await other.call({
      method: "POST",
      url: `${API}/credentials`,
      headers: await other.logInByCookie("ada"),
      json: { kind: "personal_token", scopes: ["collection:*:download"] },
    });
    expect(await check(reply.json().secret)).toMatchObject({ active: false, reason: "unknown" });
  } finally {
    await other.close();
  }
});
