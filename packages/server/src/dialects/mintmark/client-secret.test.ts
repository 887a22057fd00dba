import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

const API = "/api/mintmark/v1";

describe("a new secret for a client", () => {
  let hub: Harness;
  let root: string;
  let id: string;
  let first: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada");
    root = await hub.logIn("root");
    const made = await create({ type: "confidential", scopes: ["hub:introspect:use"] });
    [id, first] = [made.client.clientId, made.clientSecret];
  });

  afterAll(() => hub.close());

  async function create(body: Record<string, unknown>) {
    const json = { name: "reports", ...body };
    const reply = await hub.call({ method: "POST", url: `${API}/oauth/clients`, bearer: root, json });
    expect(reply.statusCode).toBe(201);
    return reply.json<{ client: { clientId: string }; clientSecret: string }>();
  }

  const rotate = (clientId: string, bearer = root) =>
    hub.call({ method: "POST", url: `${API}/oauth/clients/${clientId}/rotate-secret`, bearer });

  const introspect = async (secret: string) =>
    (
      await hub.call({
        method: "POST",
        url: "/oauth/introspect",
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
        form: { token: "mmp_unknown" },
      })
    ).statusCode;

  test("ends the former one at once and keeps everything else", async () => {
    expect(await introspect(first)).toBe(200);
    const reply = await rotate(id);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["x-mintmark-applied"]).toBe("1/1");
    const { client, clientSecret } = reply.json<{
      client: { clientId: string; scopes: string[]; name: string };
      clientSecret: string;
    }>();
    expect(client).toMatchObject({ clientId: id, name: "reports", scopes: ["hub:introspect:use"] });
    expect(await introspect(first)).toBe(401);
    expect(await introspect(clientSecret)).toBe(200);
    const events = await hub.hub.audit.list({ action: "client.create", limit: 1 });
    expect(events).toMatchObject([{ actor: "root", details: { clientId: id, renewed: true } }]);
    expect(JSON.stringify(events)).not.toContain(clientSecret);
  });

  // Without this call a client whose secret ended with its master key could only be deleted and made anew.
  test("brings a client back whose secret was ended", async () => {
    await hub.context.store.write(async (writes) => {
      await writes.keyVersions.endClientSecret(id);
      writes.announce({ of: "client", clientId: id });
    });
    const { clientSecret } = (await rotate(id)).json<{ clientSecret: string }>();
    expect(await introspect(clientSecret)).toBe(200);
  });

  test("is for administrators, and for clients that have one", async () => {
    expect((await rotate(id, await hub.logIn("ada"))).statusCode).toBe(403);
    expect((await rotate("unknown")).json()).toMatchObject({ status: 404 });
    const open = await create({ type: "public" });
    expect((await rotate(open.client.clientId)).json()).toMatchObject({
      status: 400,
      field: "clientId",
      detail: "A public client has no secret.",
    });
    await hub.call({
      method: "POST",
      url: `${API}/services`,
      bearer: root,
      json: { name: "nightly", stewards: ["root"] },
    });
    await hub.call({ method: "POST", url: `${API}/services/nightly/client`, bearer: root });
    const { clients } = (await hub.call({ url: `${API}/oauth/clients`, bearer: root })).json<{
      clients: { clientId: string; name: string }[];
    }>();
    const own = clients.find(({ name }) => name === "nightly");
    expect((await rotate(own?.clientId ?? "")).json()).toMatchObject({ status: 400, field: "clientId" });
  });
});
