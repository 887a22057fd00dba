import { afterEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, type HarnessOptions } from "../../testing/harness.ts";

const TOKEN = "/auth/realms/redhat-external/protocol/openid-connect/token";

let hub: Harness;

afterEach(() => hub.close());

async function start(options: HarnessOptions = {}): Promise<string> {
  hub = await createHarness(options);
  await hub.addUser("ada");
  return (await hub.issue("ada", "offline_token")).secret;
}

async function exchange(secret: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret };
  const reply = await hub.call({ method: "POST", url: TOKEN, form });
  return { status: reply.statusCode, body: reply.json() };
}

describe("an offline token", () => {
  test("that nobody uses is alive after 29 days and dead after 31, and says so", async () => {
    const secret = await start();
    const { secret: other } = await hub.issue("ada", "offline_token");

    hub.clock.advance({ days: 29 });
    const alive = await exchange(secret);
    hub.clock.advance({ days: 2 });
    const dead = await exchange(other);

    expect(alive.status).toBe(200);
    expect(dead).toMatchObject({
      status: 400,
      body: {
        default:
          "This offline token became inactive, because nobody used it for too long, on 2025-02-07. Get a new one at http://hub.test/",
      },
    });
  });

  test("that is used on day 20 is alive on day 45, also across a restart", async () => {
    const secret = await start();
    hub.clock.advance({ days: 20 });
    await exchange(secret);
    await hub.restart();

    hub.clock.advance({ days: 25 });

    expect((await exchange(secret)).status).toBe(200);
  });

  test("is kept alive by its bearers too, and not by refused attempts", async () => {
    const secret = await start();
    const { secret: neglected } = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 29 });
    const bearer = String((await exchange(secret)).body["access_token"]);
    hub.clock.advance({ minutes: 10 });
    await hub.call({ url: "/api/galaxy/v3/collections/", bearer });
    const form = { grant_type: "refresh_token", client_id: "nobody", refresh_token: neglected };
    await hub.call({ method: "POST", url: TOKEN, form });

    hub.clock.advance({ days: 30, minutes: -5 });

    expect((await exchange(secret)).status).toBe(200);
    expect((await exchange(neglected)).status).toBe(400);
  });

  test("never expires for lack of use where the option says never", async () => {
    const secret = await start({ policy: { offlineIdleMs: null } });

    hub.clock.advance({ days: 10_000 });
    const { status, body } = await exchange(secret);

    expect([status, body["refresh_expires_in"]]).toEqual([200, 0]);
  });

  test("that died under one option is not revived by a longer one", async () => {
    const secret = await start({ policy: { offlineIdleMs: 1000 } });
    hub.clock.advance({ seconds: 2 });

    hub.changePolicy({ offlineIdleMs: null });
    await hub.restart();

    expect((await exchange(secret)).status).toBe(400);
  });

  test("gives bearers no longer than it would live itself", async () => {
    const secret = await start({ policy: { offlineIdleMs: 5000 } });

    expect((await exchange(secret)).body).toMatchObject({ expires_in: 5, refresh_expires_in: 5 });
  });
});
