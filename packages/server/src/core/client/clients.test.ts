import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { anonymousCaller } from "../caller.ts";
import { ask } from "../looked.ts";
import { Secret } from "../secret/secret.ts";
import type { Clients, NewClient } from "./clients.ts";

const nobody = anonymousCaller({ address: null, agent: null });

describe("clients", () => {
  let hub: Harness;
  let clients: Clients;

  beforeEach(async () => {
    hub = await createHarness();
    clients = hub.hub.clients;
  });

  afterEach(() => hub.close());

  const create = (rest: Partial<NewClient> = {}) =>
    clients.create({ clientId: "app", name: "An app", type: "confidential", ...rest }, nobody);
  const refusal = (attempt: Promise<unknown>) =>
    attempt.then(
      () => null,
      (error: { code?: string; field?: string }) => `${error.code}: ${error.field}`,
    );

  test("a confidential one proves itself by its secret, and by nothing else", async () => {
    const { secret } = await create();
    await create({ clientId: "other" });
    const shown = secret as Secret;

    expect((await ask(clients.authenticate("app", shown)))?.id).toBe("app");
    expect(await ask(clients.authenticate("other", shown))).toBeNull();
    expect(await ask(clients.authenticate("no-such", shown))).toBeNull();
    expect(await ask(clients.authenticate("app", new Secret("")))).toBeNull();
    expect(await ask(clients.authenticate("app", new Secret(`${shown.reveal()}x`)))).toBeNull();
  });

  test("a public one has no secret and cannot prove itself", async () => {
    expect((await create({ type: "public" })).secret).toBeNull();
    expect(await ask(clients.authenticate("app", new Secret("")))).toBeNull();
  });

  test("the secret of a client is no credential", async () => {
    const { secret } = await create();
    expect(await hub.hub.verdicts.verify(secret as Secret)).toMatchObject({ reason: "malformed" });
  });

  test("an id is taken once, and the built-in ones never", async () => {
    await create();
    for (const clientId of ["app", "cloud-services", "mintmark"]) {
      expect(await refusal(create({ clientId }))).toBe("client_exists: undefined");
    }
    for (const clientId of ["", "a b", "-a", "x".repeat(65), "a:b"]) {
      expect(await refusal(create({ clientId }))).toBe("malformed_request: clientId");
    }
    expect((await clients.create({ name: "Nameless", type: "public" }, nobody)).client.id).not.toBe("");
  });

  // RFC 6749 §3.1.2, and RFC 9700 §2.1: compared by equality, so nothing that could mean several places.
  test.each([
    ["https://app.example/cb", true],
    ["https://app.example/cb?x=1", true],
    ["http://127.0.0.1:7777/cb", true],
    ["http://localhost/cb", true],
    ["http://[::1]:1/cb", true],
    ["http://app.example/cb", false],
    ["https://app.example/cb#x", false],
    ["https://*.example/cb", false],
    ["https://user:pw@app.example/", false],
    ["http://127.0.0.1.example/cb", false],
    ["javascript:alert(1)", false],
    ["data:text/html,x", false],
    ["app.example/cb", false],
    ["", false],
  ])("%j as redirect URI: %s", async (uri, sound) => {
    expect(await refusal(create({ redirectUris: [uri] }))).toBe(
      sound ? null : "malformed_request: redirectUris",
    );
  });

  test("removing one ends what was issued to it, and nothing else; its id leads nowhere", async () => {
    await hub.addUser("ada");
    const { client } = await create();
    const owner = await hub.hub.accounts.get("ada");
    const toIt = await hub.hub.issuance.issue(owner, { kind: "app_token", client }, nobody);
    const other = await hub.hub.issuance.issue(owner, { kind: "app_token" }, nobody);

    await clients.remove("app", nobody);

    expect(await hub.hub.verdicts.verify(toIt.secret)).toMatchObject({
      active: false,
      ending: { reason: "client_deleted" },
    });
    expect((await hub.hub.verdicts.verify(other.secret)).active).toBe(true);
    expect(await ask(clients.find("app"))).toBeNull();
    expect(await refusal(clients.remove("app", nobody))).toBe("not_found: undefined");
    await create();
    expect((await hub.hub.verdicts.verify(toIt.secret)).active).toBe(false);
  });
});
