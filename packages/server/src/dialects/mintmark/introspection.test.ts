import { afterEach, beforeEach, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

const URL = "/api/mintmark/v1/introspection";
let hub: Harness;

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("alice", { grants: ["collection:acme.*:upload"] });
  await hub.addUser("service", { grants: ["hub:introspect:use"] });
  await hub.addUser("root", { role: "admin" });
});

afterEach(() => hub.close());

test("a service asks about many at once; each verdict stands where its secret stood", async () => {
  const good = await hub.issue("alice", "personal_token", { scopes: ["collection:acme.*:upload"] });
  const dead = await hub.issue("alice", "personal_token");
  const credential = await hub.hub.credentials.find(dead.id);
  if (credential) {
    await hub.hub.revocations.revoke(credential, anonymousCaller({ address: null, agent: null }), null);
  }
  const secrets = [dead.secret, good.secret, "nonsense"];
  const { secret } = await hub.issue("service", "personal_token");
  const reply = await hub.call({ method: "POST", url: URL, bearer: secret, json: { secrets } });

  expect(reply.statusCode).toBe(200);
  const subject = (await hub.hub.accounts.get("alice")).id;
  expect(reply.json().verdicts).toEqual([
    { active: false },
    {
      active: true,
      kind: "personal_token",
      username: "alice",
      subject,
      scopes: ["collection:acme.*:upload"],
    },
    { active: false },
  ]);

  const auditor = await hub.issue("root", "personal_token");
  const told = await hub.call({ method: "POST", url: URL, bearer: auditor.secret, json: { secrets } });
  expect(told.json().verdicts.map(({ reason }: { reason?: string }) => reason)).toEqual([
    "revoked",
    undefined,
    "malformed",
  ]);
});

test("nobody else may ask, nor for more than a hundred", async () => {
  const alice = await hub.issue("alice", "personal_token");
  const ask = (bearer: string, secrets: readonly string[]) =>
    hub.call({ method: "POST", url: URL, bearer, json: { secrets } }).then(({ statusCode }) => statusCode);
  const { secret } = await hub.issue("service", "personal_token");
  expect([
    await ask(alice.secret, ["x"]),
    await ask(await hub.logIn("root"), ["x"]),
    await ask(secret, []),
    await ask(
      secret,
      Array.from({ length: 101 }, () => "x"),
    ),
    await ask(
      secret,
      Array.from({ length: 100 }, () => "x"),
    ),
  ]).toEqual([403, 401, 400, 400, 200]);
});
