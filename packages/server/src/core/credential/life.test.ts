import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { anonymousCaller } from "../caller.ts";
import { Secret } from "../secret/secret.ts";
import { type Credential, UNTOUCHED } from "./credential.ts";
import { expireLapsed } from "./expire.ts";
import { KIND_NAMES, KINDS } from "./kinds.ts";
import { endOf } from "./state.ts";

const base = {
  ...UNTOUCHED,
  createdAt: 0,
  expiresAt: null,
  idleMs: null,
  end: null,
} as unknown as Credential;

describe("the end of a credential", () => {
  test("comes at its deadline and not a millisecond later, whatever the figures", () => {
    const times = fc.record({
      expiresAt: fc.option(fc.nat(1000)),
      idleMs: fc.option(fc.nat(1000)),
      used: fc.option(fc.nat(1000)),
      now: fc.nat(3000),
    });
    fc.assert(
      fc.property(times, ({ expiresAt, idleMs, used, now }) => {
        const end = endOf({ ...base, expiresAt, idleMs }, used, now);
        const deadlines = [expiresAt, idleMs === null ? null : (used ?? 0) + idleMs].filter(
          (one) => one !== null,
        );
        expect(end !== null).toBe(deadlines.some((deadline) => deadline <= now));
      }),
    );
  });

  test("is never later than what was written down first", () => {
    const end = { at: 5, reason: "revoked" as const, note: null };
    expect(endOf({ ...base, expiresAt: 1, end }, null, 10)).toBe(end);
  });
});

describe("a credential's life", () => {
  let hub: Harness;

  beforeEach(async () => {
    hub = await createHarness();
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada", { grants: ["instance:sales:use"] });
    await hub.call({
      method: "POST",
      url: "/api/mintmark/v1/instances",
      json: { id: "sales", displayName: "Sales" },
      bearer: await hub.logIn("root"),
    });
  });

  afterEach(() => hub.close());

  const verdict = async (secret: string) => hub.hub.verdicts.verify(new Secret(secret));
  const isActive = async (secret: string) => (await verdict(secret)).active;

  test("every kind is issued, verifies, and ends with its revocation", async () => {
    for (const kind of KIND_NAMES) {
      const { secret, id } = await hub.issue(
        "ada",
        kind,
        kind === "instance_key" ? { instance: "sales" } : {},
      );
      expect(secret.startsWith(KINDS[kind].mark)).toBe(true);
      expect(await isActive(secret)).toBe(true);
      const credential = await hub.hub.credentials.find(id);
      await hub.hub.revocations.revoke(credential as Credential, nobody(), null);
      expect(await verdict(secret)).toMatchObject({
        active: false,
        reason: "ended",
        ending: { reason: "revoked" },
      });
    }
  });

  test("one slot holds one: a new one ends the old at once, for each owner and instance apart", async () => {
    await hub.addUser("bob");
    const bobs = await hub.issue("bob", "platform_key");
    const first = await hub.issue("ada", "platform_key");
    const second = await hub.issue("ada", "platform_key");

    expect([
      await isActive(first.secret),
      await isActive(second.secret),
      await isActive(bobs.secret),
    ]).toEqual([false, true, true]);
    expect(await verdict(first.secret)).toMatchObject({ ending: { reason: "replaced" } });
  });

  test("fifty who load a hub token at once leave one that works", async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => hub.issue("ada", "hub_token")));
    const active = await Promise.all(made.map(({ secret }) => isActive(secret)));

    expect(active.filter(Boolean)).toHaveLength(1);
  });

  test("a platform key reaches what its owner may, except the account itself", async () => {
    const { secret } = await hub.issue("root", "platform_key");
    const found = await verdict(secret);

    expect(
      found.active && found.authority.permits({ type: "instance", name: "sales", actions: ["use"] }),
    ).toBe(true);
    expect(found.active && found.authority.permits({ type: "user", name: "", actions: ["admin"] })).toBe(
      false,
    );
  });

  test("a grant that is taken away is gone from its credentials at once", async () => {
    const { secret } = await hub.issue("ada", "personal_token", { scopes: ["instance:*:use"] });
    const may = async () => {
      const found = await verdict(secret);
      return found.active && found.authority.permits({ type: "instance", name: "sales", actions: ["use"] });
    };
    expect(await may()).toBe(true);

    await hub.hub.accounts.setGrants("ada", [], nobody());

    expect(await may()).toBe(false);
  });

  test("neglect ends an offline token after its idle time, and each use pushes that day forward", async () => {
    const { secret, id } = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 29 });
    hub.hub.uses.record((await hub.hub.credentials.find(id)) as Credential, {
      address: null,
      agent: null,
    });
    hub.clock.advance({ days: 30, ms: -1 });
    expect(await isActive(secret)).toBe(true);

    hub.clock.advance({ ms: 1 });

    expect(await verdict(secret)).toMatchObject({ active: false, ending: { reason: "inactive" } });
  });

  // Systems of this kind revived tokens by a longer option, a restart, or a clock set back.
  test("a longer option does not revive what has died, and moves what lives", async () => {
    const dead = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 31 });
    const alive = await hub.issue("ada", "offline_token");
    hub.changePolicy({ offlineIdleMs: 90 * 86_400_000 });

    await hub.restart();

    expect([await isActive(dead.secret), await isActive(alive.secret)]).toEqual([false, true]);
    hub.clock.advance({ days: 60 });
    expect(await isActive(alive.secret)).toBe(true);
  });

  test("a shorter key expiration ends old keys at the next start, counted from their making", async () => {
    const old = await hub.issue("ada", "platform_key");
    hub.clock.advance({ days: 60 });
    const young = await hub.issue("root", "platform_key");
    hub.changePolicy({ apiKeyExpirationMs: 50 * 86_400_000 });

    await hub.restart();

    expect([await isActive(old.secret), await isActive(young.secret)]).toEqual([false, true]);
    hub.changePolicy({ apiKeyExpirationMs: null });
    await hub.restart();
    expect([await isActive(old.secret), await isActive(young.secret)]).toEqual([false, true]);
  });

  test("the sweep writes each end down once, with its event, and spares the living", async () => {
    const brief = await hub.issue("ada", "app_token", { title: "brief", expiresAt: hub.clock.now() + 1000 });
    const lasting = await hub.issue("ada", "app_token", { title: "lasting" });
    hub.clock.advance({ seconds: 2 });

    expect(await expireLapsed(hub.context)).toBe(1);
    expect(await expireLapsed(hub.context)).toBe(0);

    expect([await isActive(brief.secret), await isActive(lasting.secret)]).toEqual([false, true]);
    const events = await hub.context.store.read.audit.list({ limit: 5, action: "credential.expire" });
    expect(events.map((event) => event.credentialId)).toEqual([brief.id]);
  });

  test("a clock set back does not revive what the sweep has ended", async () => {
    const { secret } = await hub.issue("ada", "app_token", { title: "x", expiresAt: hub.clock.now() + 1000 });
    hub.clock.advance({ seconds: 2 });
    await expireLapsed(hub.context);

    hub.clock.advance({ days: -1 });

    expect(await isActive(secret)).toBe(false);
  });

  test("a use survives a restart in good order", async () => {
    const { id, secret } = await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 20 });
    hub.hub.uses.record((await hub.hub.credentials.find(id)) as Credential, {
      address: "192.0.2.7",
      agent: "ci",
    });

    await hub.restart();

    hub.clock.advance({ days: 25 });
    expect(await isActive(secret)).toBe(true);
    expect((await hub.hub.credentials.find(id))?.lastUse).toMatchObject({
      address: "192.0.2.7",
      agent: "ci",
    });
  });

  test("garbage, unknown and foreign secrets are told apart for nobody", async () => {
    const { secret } = await hub.issue("ada", "hub_token");
    const flipped = secret.slice(0, -1) + (secret.endsWith("0") ? "1" : "0");

    expect(await verdict("nonsense")).toEqual({
      active: false,
      reason: "malformed",
      ending: null,
      credential: null,
    });
    expect(await verdict(flipped)).toEqual({
      active: false,
      reason: "malformed",
      ending: null,
      credential: null,
    });
  });
});

function nobody() {
  return anonymousCaller({ address: null, agent: null });
}
