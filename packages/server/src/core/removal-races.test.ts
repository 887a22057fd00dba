import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../testing/stores.ts";
import { Authority } from "./authority/authority.ts";
import { EVERYTHING, USER_ADMIN } from "./authority/scope.ts";
import { anonymousCaller, type Caller } from "./caller.ts";
import type { Client } from "./client/client.ts";
import type { Kind } from "./credential/kinds.ts";

const ROUNDS = 8;
const AT_ONCE = 16;
/** Starts of device log-ins are limited by address. */
const DEVICES = 3;
const REDIRECT = "https://app.example/cb";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
type Attempt = () => Promise<unknown>;
const nobody = anonymousCaller({ address: null, agent: "test" });

/** What is created for an application or an instance at the moment in which that is removed ends with it. */
describe.each(STORES)("on %s, during requests on every node", (name) => {
  let choice: StoreChoice;
  let nodes: readonly [Harness, Harness];

  beforeAll(async () => {
    choice = await chooseStore(name);
    const first = await createHarness({ openStore: choice.openStore });
    nodes = [first, name === "SQLite" ? first : await createHarness({ openStore: choice.openStore })];
    await first.addUser("ada", { grants: ["instance:*:use"] });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...new Set(nodes)].map((hub) => hub.close()));
    await choice.remove();
  });

  const node = (at: number) => nodes[at % 2] ?? nodes[0];
  const ada = async (): Promise<Caller> => {
    const account = await nodes[0].hub.accounts.get("ada");
    return { ...nobody, account, authority: new Authority([[EVERYTHING, USER_ADMIN]]) };
  };
  /**
   * Runs the attempts and, in even rounds after some turns of the event loop, in odd ones after the first
   * success, the removal. Returns how many attempts succeeded.
   */
  const race = async (round: number, attempts: readonly Attempt[], removal: Attempt): Promise<number> => {
    const underWay = attempts.map((attempt) => attempt());
    const outcomes = Promise.allSettled(underWay);
    if (round % 2 === 1) {
      await Promise.any(underWay);
    }
    for (let turn = 0; turn < round; turn += 2) {
      await new Promise(setImmediate);
    }
    await removal();
    return (await outcomes).filter(({ status }) => status === "fulfilled").length;
  };
  const stillGood = async (kind: Kind, belongs: { clientId?: string; instance?: string }) => {
    const { store, clock } = nodes[0].context;
    const all = await store.read.credentials.list({ kind, state: "active", limit: 1_000, now: clock.now() });
    return all.filter(
      ({ clientId, instance }) =>
        (belongs.clientId !== undefined && clientId === belongs.clientId) ||
        (belongs.instance !== undefined && instance === belongs.instance),
    );
  };
  const newApp = async (): Promise<Client> => {
    const request = { name: "App", type: "public", redirectUris: [REDIRECT], implicit: true } as const;
    return (await nodes[0].hub.clients.create(request, nobody)).client;
  };

  test("a removed application leaves no token of its codes, its consents and its devices", async () => {
    let succeeded = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const app = await newApp();
      const caller = await ada();
      const consent = { client: app, redirectUri: REDIRECT, scopes: [EVERYTHING] };
      const codes = await Promise.all(
        Array.from({ length: AT_ONCE }, () => nodes[0].hub.clients.codes.allow(consent, CHALLENGE, caller)),
      );
      const redeem = codes.map((code, at) => () => {
        const shown = { code, redirectUri: REDIRECT, verifier: VERIFIER };
        return node(at).hub.clients.codes.redeem(app, shown, nobody.origin);
      });
      const implicit = codes.map((_, at) => () => node(at).hub.clients.codes.allowImplicit(consent, caller));
      const removal = () => node(round).hub.clients.remove(app.id, nobody);
      succeeded += await race(round, [...redeem, ...implicit], removal);

      expect(await stillGood("personal_token", { clientId: app.id })).toEqual([]);
    }
    expect(succeeded).toBeGreaterThan(0);
  });

  test("a removed application leaves no token of a device that was approved", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const app = await newApp();
      const caller = await ada();
      const started = await Promise.all(
        Array.from({ length: DEVICES }, () => nodes[0].hub.clients.devices.start(app, [], nobody.origin)),
      );
      await Promise.all(
        started.map(({ userCode }) => nodes[0].hub.clients.devices.answer(userCode, "approved", caller)),
      );
      const redeem = started.map(
        ({ deviceCode }, at) =>
          () =>
            node(at).hub.clients.devices.redeem(app, deviceCode, nobody.origin),
      );
      await race(round, redeem, () => node(round).hub.clients.remove(app.id, nobody));

      expect(await stillGood("offline_token", { clientId: app.id })).toEqual([]);
    }
  });

  test("a removed instance leaves no key of it", async () => {
    let succeeded = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const instance = `cpd-${name.toLowerCase()}-${round}`;
      await nodes[0].hub.instances.create({ id: instance, displayName: "x" }, nobody);
      const owner = await nodes[0].hub.accounts.get("ada");
      const issue = Array.from(
        { length: AT_ONCE },
        (_, at) => () => node(at).hub.issuance.issue(owner, { kind: "instance_key", instance }, nobody),
      );
      succeeded += await race(round, issue, () => node(round).hub.instances.remove(instance, nobody));

      expect(await stillGood("instance_key", { instance })).toEqual([]);
    }
    expect(succeeded).toBeGreaterThan(0);
  });
});
