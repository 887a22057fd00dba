import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import {
  type Answer,
  AUTH,
  accessOf,
  basic,
  type Claims,
  part,
  repository,
} from "../../testing/registry-answers.ts";

const NOBODY = anonymousCaller({ address: null, agent: null });

let harness: Harness;
let app: string;

beforeEach(async () => {
  harness = await createHarness({ policy: { registryServices: ["one", "other"] } });
  await harness.addUser("ada", { grants: ["repository:team/*:pull"] });
  await harness.addUser("bob");
  app = (await harness.issue("ada", "app_token")).secret;
});
afterEach(() => harness.close());

async function ask(scope: string, of: { secret?: string; service?: string } = {}): Promise<Answer> {
  const { secret = app, service = "one" } = of;
  const url = `${AUTH}?service=${service}&scope=${encodeURIComponent(scope)}`;
  const reply = await harness.call({ url, headers: basic("$app", secret) });
  expect(reply.statusCode).toBe(200);
  return reply.json<Answer>();
}

async function accessFor(scope: string, of: { secret?: string; service?: string } = {}) {
  return part<Claims>((await ask(scope, of)).token, 1).access;
}

// Requests are read once for each text, and the claims for one are kept for each caller.
describe("the same request as before", () => {
  it("gives what a new grant allows, and not what has been taken away", async () => {
    const scope = "repository:team/app:pull,push";
    expect(await accessFor(scope)).toEqual([repository("team/app", "pull")]);

    await harness.hub.accounts.setGrants("ada", ["repository:team/*:push"], NOBODY);
    expect(await accessFor(scope)).toEqual([repository("team/app", "push")]);

    await harness.hub.accounts.setGrants("ada", [], NOBODY);
    expect(await accessFor(scope)).toEqual([]);
  });

  it("gives another caller that caller's own part, under the own name", async () => {
    const { secret } = await harness.issue("bob", "app_token");
    const scope = "repository:bob/app:pull repository:ada/app:pull";

    for (let turn = 0; turn < 2; turn += 1) {
      const ada = part<Claims & { sub: string }>((await ask(scope)).token, 1);
      const bob = part<Claims & { sub: string }>((await ask(scope, { secret })).token, 1);
      expect([ada.sub, ada.access]).toEqual(["ada", [repository("ada/app", "pull")]]);
      expect([bob.sub, bob.access]).toEqual(["bob", [repository("bob/app", "pull")]]);
    }
  });

  it("is a token for the registry that asks this time", async () => {
    const audiences: string[] = [];
    for (const service of ["one", "other", "one"]) {
      const { token } = await ask("repository:ada/app:pull", { service });
      audiences.push(part<{ aud: string }>(token, 1).aud);
    }
    expect(audiences).toEqual(["one", "other", "one"]);
  });

  it("gives nothing to a revoked token or a disabled account", async () => {
    const { secret, id } = await harness.issue("ada", "app_token");
    const scope = "repository:ada/app:pull";
    await accessFor(scope, { secret });
    const url = `${AUTH}?service=one&scope=${scope}`;

    const credential = await harness.hub.credentials.find(id);
    await harness.hub.revocations.revoke(credential as NonNullable<typeof credential>, NOBODY, null);
    expect((await harness.call({ url, headers: basic("$app", secret) })).statusCode).toBe(401);

    await accessFor(scope);
    await harness.hub.accounts.update("ada", { disabled: true }, NOBODY);
    expect((await harness.call({ url, headers: basic("$app", app) })).statusCode).toBe(401);
  });

  it("leaves out again what is no scope of a registry, behind one that is", async () => {
    const scope = "repository:ada/app:pull collection:acme:upload nonsense repository:ada//app:pull";
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await accessFor(scope)).toEqual([repository("ada/app", "pull")]);
    }
  });

  it("says the second in which it is answered", async () => {
    const first = await ask("repository:ada/app:pull");
    harness.clock.advance({ seconds: 1 });
    const second = await ask("repository:ada/app:pull");

    expect([first.issued_at, second.issued_at]).toEqual(["2025-01-08T12:00:00Z", "2025-01-08T12:00:01Z"]);
    expect(part<{ iat: number }>(second.token, 1).iat - part<{ iat: number }>(first.token, 1).iat).toBe(1);
  });
});

it("two scopes of one text and the same in two parameters give the same", async () => {
  const [pull, push] = ["repository:ada/app:pull", "repository:ada/app:push"];
  const url = `${AUTH}?service=one&scope=${pull}&scope=${push}`;
  const apart = await harness.call({ url, headers: basic("$app", app) });

  expect(accessOf(apart)).toEqual(await accessFor(`${pull} ${push}`));
});
