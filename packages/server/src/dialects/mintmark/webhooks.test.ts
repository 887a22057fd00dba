import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { HttpWebhookSender } from "../../notify/webhook/http-webhook-sender.ts";
import { OutboundClient } from "../../outbound/http-client.ts";
import { createHarness, type Harness, LOOPBACK_ONLY } from "../../testing/harness.ts";
import { Receiver } from "../../testing/receiver.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const API = "/api/mintmark/v1";

describe.for(STORES)("webhooks on %s", (name) => {
  let store: StoreChoice;
  let hub: Harness;
  let receiver: Receiver;
  let admin: string;

  beforeAll(async () => {
    store = await chooseStore(name);
  });

  afterAll(() => store.remove());

  beforeEach(async () => {
    receiver = await Receiver.open();
    hub = await createHarness({ openStore: store.openStore, policy: { deliveryRetriesMs: [1_000, 60_000] } });
    // Receivers compare the time of a message with their own clock.
    hub.clock.advance({ ms: Date.now() - hub.clock.now() });
    const suffix = Math.random().toString(36).slice(2);
    await hub.addUser(`root-${suffix}`, { role: "admin" });
    await hub.addUser(`ada-${suffix}`);
    ada = `ada-${suffix}`;
    admin = await hub.logIn(`root-${suffix}`);
  });

  afterEach(async () => {
    for (const { id } of await hub.hub.webhooks.list()) {
      await hub.hub.webhooks.remove(id, anonymousCaller({ address: null, agent: null }));
    }
    await hub.close();
    await receiver.kill();
  });

  let ada: string;

  const call = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, json?: unknown) =>
    hub.call({ method, url: API + path, bearer: admin, ...(json === undefined ? {} : { json }) });

  async function create(events: readonly string[] = ["*"]): Promise<{ id: string; secret: string }> {
    const answer = await call("POST", "/webhooks", { url: receiver.url, events });
    expect(answer.statusCode).toBe(201);
    const { webhook, secret } = answer.json() as { webhook: { id: string }; secret: string };
    return { id: webhook.id, secret };
  }

  /** Lets the hub tell and deliver what is due. */
  async function work(): Promise<void> {
    await hub.hub.jobs.run("tell-webhooks");
    await hub.hub.jobs.run("deliver-webhooks");
  }

  const deliveriesOf = async (id: string) =>
    ((await call("GET", `/webhooks/${id}/deliveries`)).json() as { deliveries: Record<string, unknown>[] })
      .deliveries;
  const stateOf = async (id: string) =>
    ((await call("GET", `/webhooks/${id}`)).json() as { state: string }).state;
  const received = () =>
    receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> });

  test("an event arrives once, signed, thin and without a secret", async () => {
    const { id, secret } = await create(["credential.issued"]);
    const issued = await hub.issue(ada, "personal_token", { title: "ci" });
    await work();
    await work();

    const [message] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    const payload = new Verifier(secret).verify(
      message?.body ?? "",
      message?.headers as Record<string, string>,
    );
    expect(payload).toEqual({
      type: "credential.issued",
      timestamp: new Date(hub.clock.now()).toISOString(),
      data: {
        seq: expect.any(Number),
        credentialId: issued.id,
        owner: ada,
        kind: "personal_token",
        hint: `mmt_…${issued.secret.slice(-4)}`,
        title: "ci",
        instance: null,
      },
    });
    expect(message?.body).not.toContain(issued.secret);
    expect(await deliveriesOf(id)).toMatchObject([
      {
        id: message?.headers["webhook-id"],
        type: "credential.issued",
        state: "delivered",
        status: 204,
        attempt: 1,
      },
    ]);
  });

  test("`*` tells of credentials and accounts, and not of webhooks themselves", async () => {
    await create();
    const { id } = await hub.issue(ada, "personal_token");
    await call("DELETE", `/credentials/${id}`, { reason: "lost" });
    await call("PATCH", `/users/${ada}`, { disabled: true });
    await work();

    expect(
      received()
        .map(({ type }) => type)
        .sort(),
    ).toEqual(["account.disabled", "credential.issued", "credential.revoked"]);
    expect(received().find(({ type }) => type === "account.disabled")?.data).toEqual({
      seq: expect.any(Number),
      username: ada,
    });
  });

  test("disabling an account tells of each credential that ends with it", async () => {
    await create(["credential.revoked"]);
    const made = [await hub.issue(ada, "personal_token"), await hub.issue(ada, "offline_token")];
    await call("PATCH", `/users/${ada}`, { disabled: true });
    await work();

    expect(
      received()
        .map(({ data }) => data.credentialId)
        .sort(),
    ).toEqual(made.map(({ id }) => id).sort());
  });

  test("what happened before a webhook was made is not told", async () => {
    await hub.issue(ada, "personal_token");
    await create();
    await work();

    expect(receiver.received).toEqual([]);
  });

  test("a refused delivery is tried again under the same id, over a restart, until the receiver takes it", async () => {
    const { id } = await create(["credential.issued"]);
    receiver.answer = (_message, response) => response.writeHead(500).end();
    await hub.issue(ada, "personal_token");
    await work();
    await work();
    expect(receiver.received).toHaveLength(1);
    expect(await deliveriesOf(id)).toMatchObject([
      {
        state: "pending",
        status: 500,
        attempt: 1,
        nextAttemptAt: new Date(hub.clock.now() + 1_000).toISOString(),
      },
    ]);

    await hub.restart();
    hub.clock.advance({ seconds: 1 });
    await work();
    receiver.answer = (_message, response) => response.writeHead(200).end();
    hub.clock.advance({ seconds: 60 });
    await work();

    expect(new Set(receiver.header("webhook-id")).size).toBe(1);
    expect(await deliveriesOf(id)).toMatchObject([
      { state: "delivered", status: 200, attempt: 3, nextAttemptAt: null },
    ]);
  });

  test("a webhook that refuses to the last is failing, still hears of events, and recovers by the first success", async () => {
    const { id } = await create(["credential.issued"]);
    receiver.answer = (_message, response) => response.writeHead(302, { location: "/other" }).end();
    await hub.issue(ada, "personal_token");
    for (const seconds of [0, 1, 60]) {
      hub.clock.advance({ seconds });
      await work();
    }
    expect(await stateOf(id)).toBe("failing");
    expect(await deliveriesOf(id)).toMatchObject([{ state: "failed", attempt: 3 }]);
    expect(receiver.received.every(({ path }) => path === "/hook")).toBe(true);

    receiver.answer = (_message, response) => response.writeHead(204).end();
    await hub.issue(ada, "personal_token");
    await work();

    expect(await stateOf(id)).toBe("active");
  });

  test("410 disables a webhook, and what was on its way is given up", async () => {
    const { id } = await create(["credential.issued"]);
    receiver.answer = (_message, response) => response.writeHead(410).end();
    await hub.issue(ada, "personal_token");
    await work();
    await hub.issue(ada, "personal_token");
    await work();

    expect(await stateOf(id)).toBe("disabled");
    expect(receiver.received).toHaveLength(1);
    receiver.answer = (_message, response) => response.writeHead(204).end();
    expect((await call("PATCH", `/webhooks/${id}`, { state: "active" })).json()).toMatchObject({
      state: "active",
    });
    await hub.issue(ada, "personal_token");
    await work();
    expect(receiver.received).toHaveLength(2);
  });

  test("Retry-After is honoured", async () => {
    const { id } = await create(["credential.issued"]);
    receiver.answer = (_message, response) => response.writeHead(429, { "retry-after": "30" }).end();
    await hub.issue(ada, "personal_token");
    await work();

    expect(await deliveriesOf(id)).toMatchObject([
      { nextAttemptAt: new Date(hub.clock.now() + 30_000).toISOString() },
    ]);
  });

  test("after a rotation both secrets sign for a day; a second rotation drops the oldest", async () => {
    const first = await create(["credential.issued"]);
    const rotate = async () =>
      ((await call("POST", `/webhooks/${first.id}/rotate-secret`)).json() as { secret: string }).secret;
    const verifiesLast = async (secret: string) => {
      await hub.issue(ada, "personal_token");
      await work();
      const message = receiver.received[receiver.received.length - 1];
      const headers = (message?.headers ?? {}) as Record<string, string>;
      // The verifier's own clock stands still while the hub's is moved, so only the signatures are compared.
      const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
      const signature = new Verifier(secret).sign(headers["webhook-id"] ?? "", at, message?.body ?? "");
      return (headers["webhook-signature"] ?? "").split(" ").includes(signature);
    };
    const second = await rotate();
    expect([await verifiesLast(first.secret), await verifiesLast(second)]).toEqual([true, true]);

    const third = await rotate();
    expect([await verifiesLast(first.secret), await verifiesLast(second), await verifiesLast(third)]).toEqual(
      [false, true, true],
    );
    hub.clock.advance({ days: 1 });
    expect([await verifiesLast(second), await verifiesLast(third)]).toEqual([false, true]);
  });

  test("a test and a redelivery arrive, the latter under its old id", async () => {
    const { id } = await create(["account.created"]);
    const tested = await call("POST", `/webhooks/${id}/test`);
    expect(tested.statusCode).toBe(202);
    await work();
    expect(received()).toEqual([{ type: "webhook.test", timestamp: expect.any(String), data: {} }]);

    const [delivery] = await deliveriesOf(id);
    const again = await call("POST", `/webhooks/${id}/deliveries/${delivery?.id}/redeliver`);
    expect(again.statusCode).toBe(202);
    await work();

    expect(receiver.header("webhook-id")).toEqual([delivery?.id, delivery?.id]);
    expect(await deliveriesOf(id)).toHaveLength(1);
  });

  test("many events reach a receiver that fails one in three and dies meanwhile, each at least once", async () => {
    hub.changePolicy({ deliveryRetriesMs: Array.from({ length: 12 }, () => 1_000) });
    await hub.restart();
    const { secret } = await create(["account.enabled"]);
    const total = 300;
    await hub.context.store.write(async (writes) => {
      const account = await writes.accounts.findByUsername(ada);
      for (let count = 0; count < total; count += 1) {
        await writes.audit.append({
          action: "account.enable",
          actor: { id: null, name: "system", address: null, agent: null },
          owner: { id: account?.id ?? "", username: ada },
          credentialId: null,
          details: {},
        });
      }
    });
    const taken = new Map<string, string>();
    let count = 0;
    receiver.answer = (message, response) => {
      count += 1;
      if (count === total / 2) {
        void receiver.kill().then(() => receiver.listen());
      } else if (count % 3 === 0) {
        response.writeHead(500).end();
      } else {
        new Verifier(secret).verify(message.body, message.headers as Record<string, string>);
        taken.set(String(message.headers["webhook-id"]), message.body);
        response.writeHead(204).end();
      }
    };
    for (let round = 0; round < 12 && taken.size < total; round += 1) {
      await work();
      hub.clock.advance({ seconds: 1 });
    }

    expect(taken.size).toBe(total);
    expect(new Set(taken.values()).size).toBe(total);
  });

  test("only the newest hundred deliveries are kept once they are finished", async () => {
    const { id } = await create(["webhook.test"]);
    for (let count = 0; count < 105; count += 1) {
      await call("POST", `/webhooks/${id}/test`);
      hub.clock.advance({ ms: 1 });
    }
    await work();
    expect(await hub.hub.jobs.run("purge-deliveries")).toMatchObject({ done: 5 });

    expect(await deliveriesOf(id)).toHaveLength(100);
  });

  describe("are refused", () => {
    test.for([
      ["http://127.0.0.1/", "address_not_allowed"],
      ["http://localhost:1/", "address_not_allowed"],
      ["http://[::ffff:169.254.169.254]/", "address_not_allowed"],
      ["http://100.64.0.1/", "address_not_allowed"],
      ["https://user:secret@example.com/", "address_not_allowed"],
      ["gopher://example.com/", "malformed_request"],
      ["nothing", "malformed_request"],
    ] as const)("for %s", async ([url, code]) => {
      const strict = await createHarness({
        outgoing: { ...LOOPBACK_ONLY, webhooks: new HttpWebhookSender(new OutboundClient({ allow: [] })) },
      });
      await strict.addUser("root", { role: "admin" });
      const answer = await strict.call({
        method: "POST",
        url: `${API}/webhooks`,
        json: { url, events: ["*"] },
        bearer: await strict.logIn("root"),
      });
      await strict.close();

      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code, field: "url" }]);
    });

    test("for unknown events, for none, and to everybody who is no administrator", async () => {
      const post = (json: unknown) => call("POST", "/webhooks", json);
      expect((await post({ url: receiver.url, events: ["credential.lost"] })).statusCode).toBe(400);
      expect((await post({ url: receiver.url, events: [] })).statusCode).toBe(400);
      expect((await post({ url: receiver.url, events: ["*"], secret: "x" })).json()).toMatchObject({
        code: "unknown_field",
      });
      const bearer = await hub.logIn(ada);
      expect((await hub.call({ url: `${API}/webhooks`, bearer })).statusCode).toBe(403);
      expect((await call("GET", "/webhooks/nobody")).statusCode).toBe(404);
    });

    test("without a fresh login for making and for rotating", async () => {
      const { id } = await create();
      hub.clock.advance({ minutes: 11 });
      for (const path of ["/webhooks", `/webhooks/${id}/rotate-secret`]) {
        expect((await call("POST", path, { url: receiver.url, events: ["*"] })).json()).toMatchObject({
          code: "fresh_login_required",
        });
      }
      expect((await call("PATCH", `/webhooks/${id}`, { description: "x" })).statusCode).toBe(200);
    });
  });
});
