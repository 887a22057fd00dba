import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GroupRules, RecheckTrouble } from "../../core/provider/ports.ts";
import { FakeProvider } from "../../testing/fake-provider.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";

const RULES: GroupRules = { admin: null, auditor: null, required: "staff", foldsCase: false };

describe("a provider in trouble", () => {
  let provider: FakeProvider;
  let hub: Harness;
  let troubles: RecheckTrouble[];

  beforeEach(async () => {
    provider = await FakeProvider.start();
    hub = await createHarness({ signIn: (clock) => provider.setup(clock, RULES) });
    troubles = [];
    hub.hub.recheckTroubles.watch((trouble) => troubles.push(trouble));
  });

  afterEach(async () => {
    await provider.stop();
    await hub.close();
  });

  async function signIn(name: string): Promise<void> {
    const claims = { preferred_username: name, groups: ["staff"] };
    provider.person = { sub: `sub-${name}`, claims };
    const started = await hub.call({ url: "/sign-in/oidc?return=/" });
    const [cookie = ""] = String(started.headers["set-cookie"]).split(";");
    const url = provider.agree(String(started.headers.location));
    const back = await hub.call({ url, headers: { cookie } });
    expect(back.statusCode).toBe(303);
  }

  const recheck = () => {
    hub.clock.advance({ hours: 1, seconds: 1 });
    return hub.hub.jobs.run("recheck-oidc");
  };
  const isSuspended = async (name: string) =>
    (await hub.context.store.read.accounts.findByUsername(name))?.suspendedAt !== null;

  // Rotation with reuse detection: the former refresh token is dead once a new one was handed out.
  test("that replaces the refresh token and then fails to tell the groups suspends nobody", async () => {
    provider.rotates = true;
    await signIn("ada");
    provider.person = { sub: "sub-ada", claims: { preferred_username: "ada" } };
    provider.userinfoStatus = 503;
    await recheck();
    await recheck();
    expect(troubles.map(({ problem }) => problem)).toEqual([
      expect.stringContaining("unexpected HTTP response status code"),
      expect.stringContaining("unexpected HTTP response status code"),
    ]);
    provider.userinfoStatus = 200;
    provider.person = { sub: "sub-ada", claims: { preferred_username: "ada", groups: ["staff"] } };
    for (let look = 0; look < 3; look += 1) {
      expect(await recheck()).toMatchObject({ done: 1 });
    }
    expect(await isSuspended("ada")).toBe(false);
    expect(troubles).toHaveLength(2);
  });

  test("that does not answer in time is asked about one person and not about each of many", async () => {
    for (const name of ["ada", "bea", "cleo"]) {
      await signIn(name);
    }
    provider.silent = true;
    const before = provider.tokenRequests;
    expect(await recheck()).toMatchObject({ outcome: "finished", done: 0 });
    expect(provider.tokenRequests - before).toBe(1);
    expect(troubles).toEqual([{ provider: "oidc", problem: expect.stringContaining("timed out") }]);
    provider.silent = false;
    expect(await recheck()).toMatchObject({ done: 3 });
  }, 30_000);

  test("that answers without end is cut off, and suspends nobody", async () => {
    await signIn("ada");
    provider.describe = (description) => ({ ...description, padding: "x".repeat(2_000_000) });
    await hub.restart();
    hub.hub.recheckTroubles.watch((trouble) => troubles.push(trouble));
    for (let look = 0; look < 3; look += 1) {
      expect(await recheck()).toMatchObject({ done: 0 });
    }
    expect(troubles[0]?.problem).toContain("larger than 1048576 bytes");
    expect(await isSuspended("ada")).toBe(false);
  });

  test.each([
    ["another issuer", { issuer: "https://evil.test" }, "issuer"],
    ["no token endpoint", { token_endpoint: undefined }, "token_endpoint"],
    ["a token endpoint that is no address", { token_endpoint: "nowhere" }, "token_endpoint"],
  ])(
    "whose description names %s suspends nobody, and the log says what is wrong",
    async (_what, lie, word) => {
      await signIn("ada");
      provider.describe = (description) => ({ ...description, ...lie });
      await hub.restart();
      hub.hub.recheckTroubles.watch((trouble) => troubles.push(trouble));
      for (let look = 0; look < 3; look += 1) {
        expect(await recheck()).toMatchObject({ outcome: "finished", done: 0 });
      }
      expect(troubles[0]?.problem).toContain(word);
      expect(await isSuspended("ada")).toBe(false);
    },
  );
});
