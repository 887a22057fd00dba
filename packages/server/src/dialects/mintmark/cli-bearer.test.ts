import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const PROTOCOL = "/auth/realms/redhat-external/protocol/openid-connect";
const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
const API = "/api/mintmark/v1";

/** The command `mintmark` logs in by device, as a built-in client, and then manages credentials. */
describe.each([...STORES])("the command's log-in on %s", (name) => {
  let hub: Harness;
  let store: StoreChoice;

  beforeAll(async () => {
    store = await chooseStore(name);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada", { grants: ["collection:acme.*:upload"] });
  }, 60_000);

  afterAll(async () => {
    await hub?.close();
    await store?.remove();
  });

  /** The answer of the token endpoint after a person has approved the log-in of this client. */
  async function logIn(client: string): Promise<{ access_token: string; refresh_token: string }> {
    const form = { client_id: client };
    const started = await hub.call({ method: "POST", url: `${PROTOCOL}/auth/device`, form });
    const { device_code, user_code } = started.json();
    const cookie = await hub.logInByCookie("ada");
    const page = await hub.call({ url: `/device?user_code=${user_code}`, headers: cookie });
    expect(page.body.includes("manage your credentials")).toBe(client === "mintmark-cli");
    const approved = { user_code, answer: "approve" };
    await hub.call({ method: "POST", url: "/device/answer", headers: cookie, form: approved });
    const grant = { ...form, grant_type: DEVICE_CODE, device_code };
    const answer = await hub.call({ method: "POST", url: `${PROTOCOL}/token`, form: grant });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  }

  const make = (bearer: string) =>
    hub.call({
      method: "POST",
      url: `${API}/credentials`,
      bearer,
      json: { kind: "personal_token", scopes: ["collection:acme.*:upload"] },
    });

  test("gives a bearer that makes, lists and ends credentials without another log-in", async () => {
    const { access_token } = await logIn("mintmark-cli");
    hub.clock.advance({ minutes: 14 });
    const made = await make(access_token);
    expect(made.statusCode).toBe(201);
    const { credential } = made.json();
    const listed = await hub.call({ url: `${API}/credentials`, bearer: access_token });
    expect(listed.json().credentials.map(({ id }: { id: string }) => id)).toContain(credential.id);
    const url = `${API}/credentials/${credential.id}`;
    expect((await hub.call({ method: "DELETE", url, bearer: access_token })).statusCode).toBe(204);
  });

  test("carries user:admin, which no other client's offline token has", async () => {
    const mine = await logIn("mintmark-cli");
    const others = await logIn("cloud-services");
    const listed = await hub.call({
      url: `${API}/credentials?kind=offline_token`,
      bearer: mine.access_token,
    });
    const scopesOf = (title: string) =>
      listed.json().credentials.find((one: { title: string }) => one.title.startsWith(title)).scopes;
    expect(scopesOf("ansible-galaxy")).toEqual(["collection:*:*"]);
    expect(scopesOf("mintmark")).toEqual(["collection:*:*", "user:admin"]);
    expect((await make(others.access_token)).statusCode).toBe(401);
  });

  test("does not change the password, nor anything of an administrator", async () => {
    const { access_token } = await logIn("mintmark-cli");
    const change = await hub.call({
      method: "POST",
      url: `${API}/session/password`,
      bearer: access_token,
      json: { current: "x", new: "a-new-long-password" },
    });
    expect([401, 404]).toContain(change.statusCode);
    expect((await hub.call({ url: `${API}/users`, bearer: access_token })).statusCode).toBe(403);
  });

  test("ends with its offline token", async () => {
    const { access_token, refresh_token } = await logIn("mintmark-cli");
    const form = { client_id: "mintmark-cli", token: refresh_token };
    await hub.call({ method: "POST", url: `${PROTOCOL}/revoke`, form });
    expect((await make(access_token)).statusCode).toBe(401);
  });

  test("nobody registers a client under its name", async () => {
    const json = { clientId: "mintmark-cli", name: "x", type: "public", redirectUris: ["https://x.test/cb"] };
    const reply = await hub.call({
      method: "POST",
      url: `${API}/oauth/clients`,
      headers: await hub.logInByCookie("root"),
      json,
    });
    expect(reply.statusCode).toBe(409);
  });
});
