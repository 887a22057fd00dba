import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GroupRules } from "../../core/provider/ports.ts";
import { FakeProvider } from "../../testing/fake-provider.ts";
import { createHarness, type Harness, type HarnessOptions } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const TOKEN = "/auth/realms/redhat-external/protocol/openid-connect/token";
const RULES: GroupRules = { admin: "hub-admins", auditor: null, required: null, foldsCase: false };
const REFUSED = { status: 400, error: "invalid_grant" };

describe.each(STORES)("people of a provider, on %s,", (storeName) => {
  let store: StoreChoice;
  let provider: FakeProvider;
  /** Where sign-ins begin, and where they end: two nodes if the store can be shared. */
  let first: Harness;
  let last: Harness;

  beforeAll(async () => {
    provider = await FakeProvider.start();
    store = await chooseStore(storeName);
    const options: HarnessOptions = {
      openStore: store.openStore,
      signIn: (clock) => provider.setup(clock, RULES),
    };
    first = await createHarness(options);
    last = store.openStore ? await createHarness({ ...options, clock: first.clock }) : first;
    await first.addUser("root", { role: "admin" });
  }, 60_000);

  afterEach(() => {
    provider.tokenError = null;
    provider.silent = false;
    provider.meanwhile = () => Promise.resolve();
  });

  afterAll(async () => {
    await provider.stop();
    if (last !== first) {
      await last.close();
    }
    await first.close();
    await store.remove();
  });

  const cookiesOf = (reply: { headers: Record<string, unknown> }): string =>
    [reply.headers["set-cookie"] ?? []]
      .flat()
      .map((line) => String(line).split(";")[0])
      .filter((pair) => !String(pair).endsWith("="))
      .join("; ");

  async function signIn(name: string, groups: readonly string[] = []) {
    provider.person = { sub: `sub-${name}`, claims: { preferred_username: name, groups } };
    const started = await first.call({ url: "/sign-in/oidc?return=/tokens" });
    const url = provider.agree(String(started.headers.location));
    return last.call({ url, headers: { cookie: cookiesOf(started) } });
  }

  const asRoot = async (path: string, method: "GET" | "POST" | "DELETE" = "GET", json?: unknown) => {
    const bearer = await first.logIn("root");
    return first.call({ method, url: `${API}${path}`, bearer, ...(json === undefined ? {} : { json }) });
  };
  const user = async (name: string) => (await asRoot(`/users/${name}`)).json();
  const verify = async (secret: string) =>
    Promise.all(
      [first, last].map(async (node) => (await node.call({ url: "/verify", bearer: secret })).statusCode),
    );
  const pass = (hours: number) => first.clock.advance({ hours, seconds: 1 });
  const recheck = async (node: Harness = first) => {
    pass(1);
    return node.hub.jobs.run("recheck-oidc");
  };
  /** Only one person is left to ask about. */
  const leave = async (name: string) => asRoot(`/users/${name}`, "DELETE");

  test("a sign-in that begins at one node ends at another, and the session is good at both", async () => {
    const back = await signIn("ada");
    expect([back.statusCode, back.headers.location]).toEqual([303, "/tokens"]);
    for (const node of [first, last]) {
      const seen = await node.call({ url: `${API}/session`, headers: { cookie: cookiesOf(back) } });
      expect(seen.json().user.username).toBe("ada");
    }
    await leave("ada");
  });

  test("who leaves takes every token along at every node, with nobody touching the hub, and is back with the provider's yes", async () => {
    await signIn("bea", ["hub-admins"]);
    expect((await user("bea")).role).toBe("admin");
    const kinds = ["hub_token", "personal_token", "app_token", "platform_key"] as const;
    const secrets = await Promise.all(kinds.map(async (kind) => (await first.issue("bea", kind)).secret));
    const offline = (await first.issue("bea", "offline_token")).secret;
    const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: offline };
    const exchange = async () => {
      const reply = await last.call({ method: "POST", url: TOKEN, form });
      return reply.statusCode === 200 ? 200 : 401;
    };
    const all = async () => new Set([...(await Promise.all(secrets.map(verify))).flat(), await exchange()]);
    expect(await all()).toEqual(new Set([200]));

    provider.tokenError = REFUSED;
    await recheck(first);
    expect(await all()).toEqual(new Set([200]));
    await recheck(last);
    expect(await all()).toEqual(new Set([401]));
    provider.tokenError = null;
    provider.person = { sub: "sub-bea", claims: { preferred_username: "bea" } };
    await recheck(first);
    expect(await all()).toEqual(new Set([200]));
    expect(await user("bea")).toMatchObject({ role: "member", suspended: false });
    await leave("bea");
  });

  test("two nodes at the same time count one refusal", async () => {
    await signIn("cleo");
    provider.tokenError = REFUSED;
    pass(1);
    await Promise.all([first, last].map((node) => node.hub.jobs.run("recheck-oidc")));
    expect((await user("cleo")).suspended).toBe(false);
    await leave("cleo");
  });

  test("a new sign-in while the provider refuses the old token counts more than that refusal", async () => {
    await signIn("dora");
    provider.tokenError = REFUSED;
    await recheck();
    provider.meanwhile = async () => {
      provider.meanwhile = () => Promise.resolve();
      provider.tokenError = null;
      await signIn("dora");
      provider.tokenError = REFUSED;
    };
    await recheck();
    expect((await user("dora")).suspended).toBe(false);
    await recheck();
    expect((await user("dora")).suspended).toBe(false);
    await leave("dora");
  });

  test("a suspended person's service goes on, and is told of as an orphan", async () => {
    await signIn("eve");
    const service = { name: "nightly", stewards: ["eve"], grants: ["repository:acme/*:pull"] };
    await asRoot("/services", "POST", service);
    const { secret } = await first.issue("nightly", "app_token", { title: "pipeline" });
    const own = await first.issue("eve", "app_token", { title: "own" });
    provider.tokenError = REFUSED;
    await recheck();
    await recheck();
    expect([...(await verify(secret)), ...(await verify(own.secret))]).toEqual([200, 200, 401, 401]);
    expect((await asRoot("/services/nightly")).json()).toMatchObject({ stewards: ["eve"], orphaned: true });
    const { events } = (await asRoot("/audit?action=service.orphaned")).json();
    expect(events).toHaveLength(1);
    await leave("eve");
    expect((await asRoot("/audit?action=service.orphaned")).json().events).toHaveLength(1);
    expect(await verify(secret)).toEqual([200, 200]);
  });

  test("another issuer in the options says nothing about people of the former one", async () => {
    await signIn("fay");
    const other = await FakeProvider.start();
    other.tokenError = REFUSED;
    const moved = await createHarness({
      openStore: store.openStore ?? (() => Promise.resolve(first.context.store)),
      clock: first.clock,
      signIn: (clock) => other.setup(clock, RULES),
    });
    await recheck(moved);
    await recheck(moved);
    await recheck(moved);
    expect((await user("fay")).suspended).toBe(false);
    if (store.openStore) {
      await moved.close();
    }
    await other.stop();
    await leave("fay");
  });

  test("a provider that never answers ends the callback with a page, and a later try is let in", async () => {
    provider.silent = true;
    const back = await signIn("gil");
    expect([back.statusCode, back.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
    expect(back.body).toContain("Try again");
    provider.silent = false;
    expect((await signIn("gil")).statusCode).toBe(303);
    await leave("gil");
  }, 30_000);

  test("a provider that is gone neither suspends anybody nor keeps the hub from starting", async () => {
    await signIn("hal");
    await signIn("ida");
    await provider.stop();
    await first.restart();
    const start = await first.call({ url: "/sign-in/oidc?return=/" });
    expect([start.statusCode, start.body.includes("/sign-in/local")]).toEqual([503, true]);
    for (let look = 0; look < 3; look += 1) {
      expect(await recheck()).toMatchObject({ outcome: "finished", done: 0 });
    }
    expect([(await user("hal")).suspended, (await user("ida")).suspended]).toEqual([false, false]);
    expect((await asRoot("/users/root")).statusCode).toBe(200);
  }, 30_000);
});
