import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

// The claims that the bearers of one owner share are kept from exchange to exchange.
describe("the next bearer of the same offline token", () => {
  const TOKEN = "/auth/realms/redhat-external/protocol/openid-connect/token";
  const nobody = anonymousCaller({ address: null, agent: "test" });

  let hub: Harness;

  beforeAll(async () => {
    // Signed in the request's own turn.
    hub = await createHarness({ policy: { realmAlgorithm: "ES256" }, ownKeys: true });
    await hub.addUser("ada", { grants: ["collection:acme.*:upload"], email: "ada@example.com" });
  });

  afterAll(() => hub.close());

  async function exchange(secret: string, more: Record<string, string> = {}) {
    const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret, ...more };
    const reply = await hub.call({ method: "POST", url: TOKEN, form });
    expect(reply.statusCode).toBe(200);
    const { access_token: jwt, scope } = reply.json();
    const claims = JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());
    return { jwt: jwt as string, scope: scope as string, claims };
  }

  async function userinfoStatus(bearer: string) {
    const url = TOKEN.replace("/token", "/userinfo");
    return (await hub.call({ url, bearer })).statusCode;
  }

  test("has another jti, and the same claims as long as nothing changes", async () => {
    const { secret, id } = await hub.issue("ada", "offline_token");

    const first = await exchange(secret);
    const second = await exchange(secret);

    expect(second.claims).toEqual({ ...first.claims, jti: second.claims.jti });
    expect(second.claims.jti).not.toBe(first.claims.jti);
    expect(second.claims).toMatchObject({ mm_parent: id, sid: id, azp: "cloud-services" });
  });

  test("names its own parent, where two tokens of one owner are exchanged in turn", async () => {
    const one = await hub.issue("ada", "offline_token");
    const other = await hub.issue("ada", "offline_token");

    for (const { secret, id } of [one, other, one]) {
      expect((await exchange(secret)).claims).toMatchObject({ mm_parent: id, sid: id });
    }
  });

  test("shows a new grant, and not one that was taken away", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    const before = await exchange(secret);

    await hub.hub.accounts.setGrants("ada", ["collection:other.*:upload"], nobody);
    const after = await exchange(secret);

    expect(before.claims.scope).toContain("collection:acme.*:upload");
    expect(after.claims.scope).toContain("collection:other.*:upload");
    expect(after.claims.scope).not.toContain("acme");
    expect(after.scope).toBe(`offline_access ${after.claims.scope}`);
    await hub.hub.accounts.setGrants("ada", ["collection:acme.*:upload"], nobody);
  });

  test("shows what everybody was granted since", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    await exchange(secret);

    const shared = await hub.hub.accounts.sharedGrants("authenticated");
    await hub.hub.accounts.setSharedGrants("authenticated", ["collection:everyone.*:upload"], nobody);
    expect((await exchange(secret)).claims.scope).toContain("collection:everyone.*:upload");

    await hub.hub.accounts.setSharedGrants("authenticated", shared.map(textOf), nobody);
    expect((await exchange(secret)).claims.scope).not.toContain("everyone");
  });

  test("shows the owner's new email address, or none", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    const emails: unknown[] = [(await exchange(secret)).claims.email];

    for (const email of ["ada@new.example.com", null]) {
      await hub.hub.accounts.update("ada", { email }, nobody);
      emails.push((await exchange(secret)).claims.email);
    }

    expect(emails).toEqual(["ada@example.com", "ada@new.example.com", undefined]);
  });

  test("carries the openid scope if this exchange asks for it, and opens userinfo only then", async () => {
    const { secret } = await hub.issue("ada", "offline_token");

    const statuses: number[] = [];
    for (const scope of ["openid", undefined, "openid"]) {
      const { jwt } = await exchange(secret, scope === undefined ? {} : { scope });
      statuses.push(await userinfoStatus(jwt));
    }

    expect(statuses).toEqual([200, 403, 200]);
  });

  test("is as narrow as this exchange asks, whatever the one before asked", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    const asked = ["collection:acme.tools:upload", "collection:acme.web:upload", undefined];

    for (const scope of [...asked, ...asked]) {
      const { claims } = await exchange(secret, scope === undefined ? {} : { scope });
      expect(claims.mm_scope).toBe(scope);
      expect(claims.scope).toBe(scope ?? "collection:acme.*:upload collection:*:download");
    }
  });

  test("names the client of its own offline token, where two clients have one of the same owner", async () => {
    const { client } = await hub.hub.clients.create(
      { name: "page", type: "public", clientId: "page" },
      nobody,
    );
    const owner = await hub.hub.accounts.get("ada");
    const ofPage = await hub.hub.issuance.issue(owner, { kind: "offline_token", client }, nobody);
    const ofGalaxy = await hub.issue("ada", "offline_token");

    for (let turn = 0; turn < 2; turn += 1) {
      const page = await exchange(ofPage.secret.reveal(), { client_id: "page" });
      const galaxy = await exchange(ofGalaxy.secret);
      expect(page.claims).toMatchObject({ azp: "page", client_id: "page" });
      expect(galaxy.claims).toMatchObject({ azp: "cloud-services", client_id: "cloud-services" });
    }
  });

  test("is signed by the new key as soon as keys are rotated", async () => {
    const { secret } = await hub.issue("ada", "offline_token");
    const kidOf = (jwt: string) =>
      JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString()).kid;
    const before = kidOf((await exchange(secret)).jwt);

    await hub.hub.keys.rotate("realm", nobody);
    const { jwt } = await exchange(secret);

    expect(kidOf(jwt)).not.toBe(before);
    expect((await hub.hub.keys.jwks(["realm"])).map(({ kid }) => kid)).toContain(kidOf(jwt));
  });
});

function textOf({ type, name, actions }: { type: string; name: string; actions: readonly string[] }): string {
  return `${type}:${name}:${actions.join(",")}`;
}
