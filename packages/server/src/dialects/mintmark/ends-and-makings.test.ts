import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";
const REDIRECT = "https://app.example/cb";
const nobody = anonymousCaller({ address: null, agent: null });
const AT_ONCE = 24;

/** An end must win against requests that are under way at that moment, on each node. */
describe.each(STORES)("on %s, while requests are under way", (name) => {
  let choice: StoreChoice;
  let here: Harness;
  let there: Harness;
  let count = 0;

  beforeAll(async () => {
    choice = await chooseStore(name);
    here = await createHarness({ openStore: choice.openStore });
    there = name === "SQLite" ? here : await createHarness({ openStore: choice.openStore });
    await here.addUser("root", { role: "admin" });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...new Set([here, there])].map((hub) => hub.close()));
    await choice.remove();
  });

  const newUser = async (options: Parameters<Harness["addUser"]>[1] = {}) => {
    count += 1;
    await here.addUser(`user${count}`, options);
    return `user${count}`;
  };
  const living = async (username: string) => {
    const { id } = await here.hub.accounts.get(username);
    const found = await here.hub.credentials.list({ ownerId: id, state: "active", limit: 200 });
    return found.map(({ id: each }) => each);
  };
  /** Starts requests on this node, carries out the end on the other one among them, and waits for all. */
  const amid = async (request: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> => {
    const first = Array.from({ length: AT_ONCE / 2 }, request);
    const ending = end();
    await Promise.all([...first, ending, ...Array.from({ length: AT_ONCE / 2 }, request)]);
  };
  const make = (bearer: string) => () =>
    here.call({
      method: "POST",
      url: `${API}/credentials`,
      bearer,
      json: { kind: "personal_token", scopes: ["*:*:*"] },
    });

  test.each([
    [
      "a password reset",
      (username: string) => there.hub.accounts.update(username, { password: "a new long password" }, nobody),
    ],
    [
      "a disabling that is taken back at once",
      async (username: string) => {
        await there.hub.accounts.update(username, { disabled: true }, nobody);
        await there.hub.accounts.update(username, { disabled: false }, nobody);
      },
    ],
  ])("%s leaves no credential behind", async (_, end) => {
    const username = await newUser();
    const session = await here.logIn(username);

    await amid(make(session), () => end(username));

    expect(await living(username)).toEqual([]);
  });

  test("a revoked token makes nothing behind its revocation", async () => {
    const username = await newUser();
    const parent = await here.issue(username, "personal_token", { scopes: ["*:*:*", "user:admin"] });
    await amid(make(parent.secret), () =>
      there.call({ method: "DELETE", url: `${API}/credentials/${parent.id}`, bearer: parent.secret }),
    );

    const events = [...(await here.context.store.read.audit.list({ limit: 200, actor: username }))].reverse();
    const revoked = events.findIndex(({ action }) => action === "credential.revoke");
    expect(revoked).toBeGreaterThanOrEqual(0);
    expect(events.slice(revoked + 1).map(({ action }) => action)).not.toContain("credential.issue");
  });

  test("a disabled administrator makes no administrator and sets no password behind its disabling", async () => {
    const username = await newUser({ role: "admin" });
    const session = await here.logIn(username);
    await newUser();
    const victim = `user${count}`;
    let serial = 0;
    const act = () => {
      serial += 1;
      return serial % 2 === 0
        ? here.call({
            method: "PATCH",
            url: `${API}/users/${victim}`,
            bearer: session,
            json: { password: "taken over by me" },
          })
        : here.call({
            method: "POST",
            url: `${API}/users`,
            bearer: session,
            json: { username: `${username}-${serial}`, role: "admin", password: PASSWORD },
          });
    };
    await amid(act, () => there.hub.accounts.update(username, { disabled: true }, nobody));

    const events = [...(await here.context.store.read.audit.list({ limit: 200 }))].reverse();
    const disabled = events.findIndex(
      ({ action, owner }) => action === "account.disable" && owner === username,
    );
    const behind = events.slice(disabled + 1).filter(({ actor }) => actor === username);
    expect(disabled).toBeGreaterThanOrEqual(0);
    expect(behind.map(({ action }) => action)).toEqual([]);
  });

  test("codes become no tokens behind the removal of their application", async () => {
    const username = await newUser();
    const { client } = await here.hub.clients.create(
      { name: "App", type: "public", redirectUris: [REDIRECT] },
      nobody,
    );
    const { session, account } = await here.hub.sessions.open(username, PASSWORD, {
      address: null,
      agent: null,
    });
    const caller = {
      ...nobody,
      account,
      proof: { by: "session", session, carrier: "cookie" },
    } as const;
    const shown = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const verifier = randomBytes(32).toString("base64url");
        const challenge = createHash("sha256").update(verifier).digest("base64url");
        const consent = { client, redirectUri: REDIRECT, scopes: [] };
        const scopes = [{ type: "repository", name: "*", actions: ["pull"] }];
        const code = await here.hub.clients.codes.allow({ ...consent, scopes }, challenge, caller);
        return { code, redirectUri: REDIRECT, verifier };
      }),
    );
    const redeem = () => {
      const next = shown.pop();
      return here.call({
        method: "POST",
        url: "/oauth/access_token",
        form: {
          grant_type: "authorization_code",
          client_id: client.id,
          code: next?.code.reveal() ?? "",
          redirect_uri: REDIRECT,
          code_verifier: next?.verifier ?? "",
        },
      });
    };
    await amid(redeem, () => there.hub.clients.remove(client.id, nobody));

    expect(await living(username)).toEqual([]);
  });

  test("a key made around the removal of its instance ends with it", async () => {
    const username = await newUser({ grants: ["instance:sales:use"] });
    await here.hub.instances.create({ id: "sales", displayName: "Sales" }, nobody);
    const session = await here.logIn(username);
    await amid(
      () =>
        here.call({
          method: "POST",
          url: `${API}/credentials`,
          bearer: session,
          json: { kind: "instance_key", instance: "sales" },
        }),
      () => there.hub.instances.remove("sales", nobody),
    );

    expect(await living(username)).toEqual([]);
  });
});
