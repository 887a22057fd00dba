import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import type { Kind } from "../../core/credential/kinds.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";

const NOBODY = anonymousCaller({ address: null, agent: "test" });
let hub: Harness;

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("alice", {
    grants: ["repository:team/*:pull,push", "collection:acme.*:upload", "instance:sales:use"],
  });
  await hub.hub.instances.create({ id: "sales", displayName: "Sales" }, NOBODY);
});

afterEach(() => hub.close());

function verify(authorization: string | null, query = "", headers: Record<string, string> = {}) {
  return hub.call({
    url: `/verify${query}`,
    headers: { ...(authorization === null ? {} : { authorization }), ...headers },
  });
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a service behind a proxy learns who calls", () => {
  test.each([
    ["hub_token", "collection:*:download"],
    ["app_token", "repository:team/*:pull,push"],
    ["platform_key", "instance:sales:use"],
    ["personal_token", "repository:alice/*:*"],
  ] as [Kind, string][])("from a %s", async (kind, scope) => {
    const { secret } = await hub.issue("alice", kind);
    const reply = await verify(`Bearer ${secret}`);

    expect(reply.statusCode).toBe(200);
    expect(reply.headers["remote-user"]).toBe("alice");
    expect(reply.headers["x-mintmark-subject"]).toBe((await hub.hub.accounts.get("alice")).id);
    expect(reply.headers["x-mintmark-kind"]).toBe(kind);
    expect(String(reply.headers["x-mintmark-scope"]).split(" ")).toContain(scope);
    expect(reply.headers["cache-control"]).toBe("no-store");
    expect(reply.body).toBe("");
  });

  test("by every scheme, in any case", async () => {
    const { secret } = await hub.issue("alice", "app_token");
    for (const header of [
      `Bearer ${secret}`,
      `bEARER   ${secret}`,
      `Token ${secret}`,
      `Basic ${base64(`$app:${secret}`)}`,
      `basic ${base64(`alice:${secret}`)}`,
      `ZenApiKey ${base64(`alice:${secret}`)}`,
      `zenapikey ${base64(`ALICE:${secret}\n`)}`,
    ]) {
      expect((await verify(header)).statusCode, header.slice(0, 12)).toBe(200);
    }
  });

  test("whatever method the proxy passes on, and by HEAD", async () => {
    const { secret } = await hub.issue("alice", "personal_token");
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const) {
      const reply = await hub.call({
        method,
        url: "/verify",
        bearer: secret,
        ...(method === "POST" ? { raw: "x".repeat(2_000_000) } : {}),
      });
      expect(reply.statusCode, method).toBe(200);
      expect(reply.headers["remote-user"]).toBe("alice");
    }
  });
});

describe("what is asked for", () => {
  test("must be allowed, all of it; the answer is narrowed to it", async () => {
    const { secret } = await hub.issue("alice", "personal_token", {
      scopes: ["repository:team/*:pull", "collection:acme.*:upload"],
    });
    const good = await verify(
      `Bearer ${secret}`,
      "?scope=repository:team/app:pull&scope=collection:acme.tools:upload",
    );
    expect(good.statusCode).toBe(200);
    expect(good.headers["x-mintmark-scope"]).toBe("repository:team/app:pull collection:acme.tools:upload");

    for (const scope of [
      "repository:team/app:push",
      "repository:team/app:pull,push",
      "repository:team/app:pull%20repository:other/app:pull",
      "repository:team/app:pull+collection:acme.tools:delete",
      "repository:team/*:*",
      "user:admin",
      "nonsense",
      "",
      "%00",
      "%zz",
    ]) {
      expect((await verify(`Bearer ${secret}`, `?scope=${scope}`)).statusCode, scope).toBe(403);
    }
  });

  // E1: an answer about one question must not be taken for the answer to another.
  test("is judged anew each time, in either order", async () => {
    const { secret } = await hub.issue("alice", "app_token");
    const ask = async (scope: string) => (await verify(`Bearer ${secret}`, `?scope=${scope}`)).statusCode;
    const once = [await ask("repository:team/a:pull"), await ask("repository:other/a:pull")];
    const again = [await ask("repository:other/a:pull"), await ask("repository:team/a:pull")];
    expect([once, again]).toEqual([
      [200, 403],
      [403, 200],
    ]);
  });

  test("follows the owner's grants at once", async () => {
    const { secret } = await hub.issue("alice", "app_token");
    expect((await verify(`Bearer ${secret}`, "?scope=repository:team/a:pull")).statusCode).toBe(200);
    await hub.hub.accounts.setGrants("alice", ["repository:team/b:pull"], NOBODY);

    expect((await verify(`Bearer ${secret}`, "?scope=repository:team/a:pull")).statusCode).toBe(403);
    expect((await verify(`Bearer ${secret}`, "?scope=repository:team/b:pull")).statusCode).toBe(200);
  });

  test("an instance key opens its one instance and nothing else", async () => {
    const { secret } = await hub.issue("alice", "instance_key", { instance: "sales" });
    expect((await verify(`Bearer ${secret}`, "?scope=instance:sales:use")).statusCode).toBe(200);
    expect((await verify(`Bearer ${secret}`)).headers["x-mintmark-scope"]).toBe("instance:sales:use");
    for (const scope of ["instance:other:use", "instance:*:use", "repository:team/a:pull"]) {
      expect((await verify(`Bearer ${secret}`, `?scope=${scope}`)).statusCode, scope).toBe(403);
    }
  });

  test("more scopes than one header may carry are cut between two of them", async () => {
    const grants = Array.from({ length: 100 }, (_, at) => `repository:a-rather-long-name-${at}/app:pull`);
    await hub.addUser("bob", { grants });
    const { secret } = await hub.issue("bob", "personal_token");
    const header = String((await verify(`Bearer ${secret}`)).headers["x-mintmark-scope"]);
    expect(header.length).toBeLessThanOrEqual(2048);
    expect(header).toMatch(/:pull$/);
  });
});

describe("nobody comes in", () => {
  test("without credentials, and is told how", async () => {
    const reply = await verify(null);
    expect(reply.statusCode).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe('Bearer realm="mintmark"');
    expect(reply.headers["cache-control"]).toBe("no-store");
  });

  test("with an offline token, a session, a password or a client's secret", async () => {
    const offline = await hub.issue("alice", "offline_token");
    const session = await hub.logIn("alice");
    const cookie = await hub.logInByCookie("alice");
    for (const header of [
      `Bearer ${offline.secret}`,
      `Basic ${base64(`alice:${offline.secret}`)}`,
      `Bearer ${session}`,
      `Basic ${base64(`alice:${session}`)}`,
      `Basic ${base64(`alice:${PASSWORD}`)}`,
      `ZenApiKey ${base64(`alice:${PASSWORD}`)}`,
    ]) {
      const reply = await verify(header);
      expect(reply.statusCode).toBe(401);
      expect(reply.headers["www-authenticate"]).toBe('Bearer realm="mintmark", error="invalid_token"');
      expect(reply.headers).not.toHaveProperty("remote-user");
    }
    expect((await verify(null, "", cookie)).statusCode).toBe(401);
  });

  test("with somebody else's name and the secret", async () => {
    const { secret } = await hub.issue("alice", "hub_token");
    for (const header of [
      `Basic ${base64(`$app:${secret}`)}`,
      `Basic ${base64(`bob:${secret}`)}`,
      `ZenApiKey ${base64(`admin:${secret}`)}`,
    ]) {
      expect((await verify(header)).statusCode).toBe(401);
    }
  });

  test("once the credential, its account or its time has ended; unknown secrets are answered alike", async () => {
    const revoked = await hub.issue("alice", "personal_token");
    const expired = await hub.issue("alice", "personal_token", { expiresAt: hub.clock.now() + 1000 });
    await hub.addUser("bob");
    const disabled = await hub.issue("bob", "personal_token");
    for (const { secret } of [revoked, expired, disabled]) {
      expect((await verify(`Bearer ${secret}`)).statusCode).toBe(200);
    }
    const credential = await hub.hub.credentials.find(revoked.id);
    if (credential) await hub.hub.revocations.revoke(credential, NOBODY, null);
    await hub.hub.accounts.update("bob", { disabled: true }, NOBODY);
    hub.clock.advance({ seconds: 1 });

    for (const { secret } of [revoked, expired, disabled]) {
      const reply = await verify(`Bearer ${secret}`, "?scope=user:admin");
      expect(reply.statusCode).toBe(401);
      expect(reply.json().code).toBe("credential_inactive");
    }
    const flipped = `${revoked.secret.slice(0, 39)}${revoked.secret.endsWith("0") ? "1" : "0"}`;
    expect((await verify(`Bearer ${flipped}`)).statusCode).toBe(401);
    expect((await verify("Bearer mmt_0000000000000000000000000000000000000")).statusCode).toBe(401);
  });

  test("by spelling a secret in another way", async () => {
    const { secret } = await hub.issue("alice", "personal_token");
    for (const text of [
      secret.toUpperCase(),
      `${secret}0`,
      secret.slice(0, -1),
      `"${secret}"`,
      `${secret}=`,
      `${secret},${secret}`,
      secret.replace("_", "%5F"),
    ]) {
      expect((await verify(`Bearer ${text}`)).statusCode).toBe(401);
    }
  });
});

// A proxy takes anything but 2xx, 401 and 403 for a broken verifier (the README: 200, 401, 403, 503 and
// nothing else).
test("garbage is answered by 401 or 403, whatever it is", async () => {
  const { secret } = await hub.issue("alice", "personal_token");
  const answers = await Promise.all([
    ...[
      "Bearer",
      "Bearer ",
      "",
      "Basic !!!",
      "Basic Og==",
      `Basic ${base64("no colon")}`,
      "Negotiate x",
      `Bearer ${"x".repeat(8000)}`,
      "Bearer a.b.c",
      "Bearer eyJ.eyJ.x",
      "\tBearer",
    ].map((header) => verify(header)),
    ...["?scope", "?scope=a:b:c&scope", "?scope=%ff", `?scope=${"a:b:c+".repeat(1000)}`].map((query) =>
      verify(`Bearer ${secret}`, query),
    ),
    ...["/verify/%ff", "/verify/x?scope=user:admin", "/verify/?scope=user:admin", "/verify//?scope=%"].map(
      (url) => hub.call({ url, bearer: secret }),
    ),
    hub.call({ method: "OPTIONS", url: "/verify" }),
    hub.call({
      method: "POST",
      url: "/verify",
      raw: "x",
      headers: { "content-type": "a/b", "content-length": "zz" },
    }),
  ]);
  for (const { statusCode } of answers) {
    expect([401, 403]).toContain(statusCode);
  }
});

test("a verification is a use of the credential", async () => {
  const { secret, id } = await hub.issue("alice", "personal_token");
  await hub.call({ url: "/verify", bearer: secret, headers: { "user-agent": "curl/8" } });
  const credential = await hub.hub.credentials.find(id);
  expect(credential && hub.hub.uses.latest(credential)).toMatchObject({
    agent: "curl/8",
    address: "127.0.0.1",
  });
});

test("verdicts are counted by kind and outcome, once each", async () => {
  const live = await hub.issue("alice", "personal_token");
  await verify(`Bearer ${live.secret}`);
  await verify(`Bearer ${live.secret}`);
  await verify("Bearer nonsense");
  const { body } = await hub.call({ url: "/metrics" });
  expect(body).toContain('mintmark_verdicts_total{kind="personal_token",outcome="active"} 2');
  expect(body).toContain('mintmark_verdicts_total{kind="none",outcome="malformed"} 1');
});
