import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../core/caller.ts";
import { ask, Undecided } from "../core/looked.ts";
import { drawSecret } from "../core/secret/format.ts";
import { TIMED } from "../testing/cost.ts";
import { entropy } from "../testing/entropy.ts";
import { createHarness, type Harness, PASSWORD } from "../testing/harness.ts";
import { StallingStore } from "../testing/stalling-store.ts";
import { type Presented, readAuthorization } from "./authorization.ts";
import { identify } from "./identify.ts";

const ORIGIN = { address: "192.0.2.1", agent: "test" };
const NOBODY = anonymousCaller(ORIGIN);
const basic = (username: string, text: string) =>
  `Basic ${Buffer.from(`${username}:${text}`).toString("base64")}`;

let hub: Harness;

beforeEach(async () => {
  hub = await createHarness();
  await hub.addUser("alice");
});

afterEach(() => hub.close());

const look = (header: string) => identify(hub.hub, readAuthorization(header) as Presented, ORIGIN);

/**
 * What the gate says in the end: the name and the proof of the caller, or the code and the detail of the
 * refusal.
 */
async function outcome(header: string): Promise<string> {
  try {
    const { account, proof } = await ask(look(header));
    return `${account?.username ?? "nobody"} by ${proof.by}`;
  } catch (error) {
    const { code, detail, ending } = error as { code: string; detail?: string; ending?: { reason: string } };
    return [code, ending?.reason ?? detail].join(": ");
  }
}

describe("a caller", () => {
  test("whom this node knows is known at once; whom it does not know, the store is asked for", async () => {
    const { secret } = await hub.issue("alice", "personal_token");
    const first = look(`Bearer ${secret}`);
    expect(first).toBeInstanceOf(Undecided);
    await ask(first);
    expect(look(`Bearer ${secret}`)).toMatchObject({ account: { username: "alice" }, origin: ORIGIN });
    expect(look(basic("ALICE", secret))).toMatchObject({ proof: { by: "credential", derived: null } });
  });

  test("costs the store nothing until somebody asks", async () => {
    const { secret } = await hub.issue("alice", "app_token");
    const { index } = hub.context;
    const before = index.misses;
    look(`Bearer ${secret}`);
    look(basic("$app", secret));
    expect(index.misses).toBe(before);
    await ask(look(`Bearer ${secret}`));
    expect(index.misses).toBe(before + 1);
  });

  // A password costs a hash that takes a while on purpose.
  test("by password or by session is never known without asking", async () => {
    const session = await hub.logIn("alice");
    for (const header of [basic("alice", PASSWORD), `Bearer ${session}`]) {
      expect(await outcome(header)).toMatch(/^alice by (password|session)$/);
      expect(look(header)).toBeInstanceOf(Undecided);
    }
  });

  test("behind a bearer is known at once when the credential that it was made from is", async () => {
    await hub.addUser("root", { role: "admin" });
    const { secret } = await hub.issue("root", "offline_token");
    const { access_token: bearer } = (
      await hub.call({
        method: "POST",
        url: "/auth/realms/redhat-external/protocol/openid-connect/token",
        form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
      })
    ).json();
    expect(look(`Bearer ${bearer}`)).toMatchObject({
      account: { username: "root" },
      proof: { derived: "realm" },
    });
  });
});

describe("one and the same answer is given", () => {
  test("from memory and from the store, before and after the end, for every form and name", async () => {
    const { secret: live, id } = await hub.issue("alice", "personal_token");
    const { secret: app } = await hub.issue("alice", "app_token");
    const { secret: brief } = await hub.issue("alice", "hub_token", { expiresAt: hub.clock.now() + 60_000 });
    await hub.addUser("bob");
    const { secret: bobs } = await hub.issue("bob", "personal_token");
    const headers = [
      ...[live, app, brief, bobs].flatMap((secret) => [
        `Bearer ${secret}`,
        `Bearer ${secret.slice(0, -1)}-`,
        ...["alice", "Bob", "$app", "nobody"].map((name) => basic(name, secret)),
      ]),
      `Bearer ${drawSecret(entropy, "mmt_").reveal()}`,
      `Bearer ${drawSecret(entropy, "mmc_").reveal()}`,
      "Bearer a.b.c",
      "Bearer",
      basic("$app", "no secret"),
    ];
    const answers = async () => Promise.all(headers.map((header) => outcome(header)));
    const coldAndWarm = async () => {
      hub.context.index.forgetAll();
      const cold = await answers();
      expect(await answers()).toEqual(cold);
      return cold;
    };

    const before = await coldAndWarm();
    expect(before.filter((answer) => answer.endsWith(" by credential")).length).toBe(9);
    hub.clock.advance({ seconds: 60 });
    const credential = await hub.hub.credentials.find(id);
    if (credential) await hub.hub.revocations.revoke(credential, NOBODY, null);
    await hub.hub.accounts.update("bob", { disabled: true }, NOBODY);
    const after = await coldAndWarm();
    expect(after.filter((answer) => answer.endsWith(" by credential")).length).toBe(3);
    expect(after).toContain("credential_inactive: revoked");
    expect(after).toContain("credential_inactive: expired");
    expect(after).toContain("credential_inactive: owner_disabled");
  });
});

// An answer that comes later could let somebody in who was revoked more than the promised second ago.
test("a store that does not answer within a second lets nobody in", TIMED, async () => {
  const store = new StallingStore();
  const stalling = await createHarness({ openStore: store.open });
  await stalling.addUser("alice");
  const { secret } = await stalling.issue("alice", "personal_token");
  store.isStalled = true;
  const looked = identify(stalling.hub, readAuthorization(`Bearer ${secret}`) as Presented, ORIGIN);
  const startedAt = performance.now();
  await expect(ask(looked)).rejects.toMatchObject({ code: "store_unavailable" });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  store.isStalled = false;
  await stalling.close();
});
