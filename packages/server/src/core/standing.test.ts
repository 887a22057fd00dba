import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../testing/stores.ts";
import { Authority } from "./authority/authority.ts";
import { EVERYTHING } from "./authority/scope.ts";
import { anonymousCaller, type Caller, type Origin } from "./caller.ts";
import type { Client } from "./client/client.ts";
import { Secret } from "./secret/secret.ts";

const origin: Origin = { address: "192.0.2.1", agent: "test" };
const nobody = anonymousCaller(origin);
const REDIRECT = "https://app.example/cb";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const NEW_PASSWORD = "another long password";

/** What ends between the moment a caller is identified and the moment its request is carried out. */
const ENDS: Readonly<Record<string, (hub: Harness, caller: Caller) => Promise<unknown>>> = {
  "the administrator resets its password": (hub, caller) => patch(hub, caller, { password: NEW_PASSWORD }),
  "the account is disabled": (hub, caller) => patch(hub, caller, { disabled: true }),
  // The epoch of the account tells that it was disabled, though it no longer is.
  "the account is disabled and enabled again": async (hub, caller) => {
    await patch(hub, caller, { disabled: true });
    await patch(hub, caller, { disabled: false });
  },
  "the account is deleted": (hub, caller) => hub.hub.accounts.remove(nameOf(caller), nobody),
  "the account loses its role": (hub, caller) => patch(hub, caller, { role: "member" }),
  "its credential is narrowed, or its session ends": (hub, { proof }) => {
    if (proof.by === "session") {
      return hub.hub.sessions.close(proof.session, nobody);
    }
    return hub.context.store.write((writes) =>
      writes.credentials.change(proof.by === "credential" ? proof.credential.id : "", {
        scopes: [{ type: "collection", name: "*", actions: ["download"] }],
      }),
    );
  },
  "the proof itself ends": (hub, { proof }) => {
    if (proof.by === "session") {
      return hub.hub.sessions.close(proof.session, nobody);
    }
    return proof.by === "credential"
      ? hub.hub.revocations.revoke(proof.credential, nobody, null)
      : Promise.reject(new Error("no such proof here"));
  },
};

/** Every verb that creates or redeems something for the caller. */
const VERBS: Readonly<Record<string, (hub: Harness, caller: Caller, app: Client) => Promise<unknown>>> = {
  "issue a personal token": (hub, caller) =>
    hub.hub.issuance.issue(accountOf(caller), { kind: "personal_token", scopes: ["*:*:*"] }, caller),
  "issue a credential into a slot": (hub, caller) =>
    hub.hub.issuance.issue(accountOf(caller), { kind: "hub_token" }, caller),
  "give consent to an application": (hub, caller, client) =>
    hub.hub.clients.codes.allow({ client, redirectUri: REDIRECT, scopes: [EVERYTHING] }, CHALLENGE, caller),
  "give an application a token at once": (hub, caller, client) =>
    hub.hub.clients.codes.allowImplicit({ client, redirectUri: REDIRECT, scopes: [EVERYTHING] }, caller),
  "approve a device": async (hub, caller) => {
    const client = (await hub.hub.clients.find("cloud-services")) as Client;
    const { userCode } = await hub.hub.clients.devices.start(client, [], origin);
    return hub.hub.clients.devices.answer(userCode, "approved", caller);
  },
  "create an account": (hub, caller) =>
    hub.hub.accounts.create({ username: `by-${nameOf(caller)}`, role: "admin", password: PASSWORD }, caller),
  "set somebody's password": (hub, caller) =>
    hub.hub.accounts.update("victim", { password: NEW_PASSWORD }, caller),
  "disable somebody": (hub, caller) => hub.hub.accounts.update("victim", { disabled: true }, caller),
  "give somebody grants": (hub, caller) =>
    hub.hub.accounts.setGrants("victim", ["collection:*:upload"], caller),
  "give everybody grants": (hub, caller) =>
    hub.hub.accounts.setSharedGrants("authenticated", ["collection:*:upload"], caller),
  "delete an account": (hub, caller) => hub.hub.accounts.remove("victim", caller),
  "end somebody's credentials": async (hub, caller) =>
    hub.hub.revocations.revokeAll(
      await hub.hub.accounts.get("victim"),
      { kind: undefined, note: null },
      caller,
    ),
  "register an instance": (hub, caller) =>
    hub.hub.instances.create({ id: `of-${nameOf(caller)}`, displayName: "x" }, caller),
  "register a client": (hub, caller) =>
    hub.hub.clients.create({ name: "x", type: "public", redirectUris: [REDIRECT] }, caller),
  "remove a client": (hub, caller, client) => hub.hub.clients.remove(client.id, caller),
  "rotate a signing key": (hub, caller) => hub.hub.keys.rotate("realm", caller),
  "make a team": (hub, caller) =>
    hub.hub.teams.create({ name: `of-${nameOf(caller)}`, grants: ["collection:*:upload"] }, caller),
  "make a webhook": (hub, caller) =>
    hub.hub.webhooks.create({ url: "https://93.184.216.34/hook", events: ["*"] }, caller),
  "freeze somebody's credential": async (hub, caller) => {
    const { id: ownerId } = await hub.hub.accounts.get("keeper");
    const filter = { ownerId, limit: 1, now: hub.clock.now() };
    const [one] = await hub.context.store.read.credentials.list(filter);
    return hub.hub.freezes.freeze(one?.id ?? "", { reason: null, until: null }, caller);
  },
  "end one's other sessions": (hub, caller) => hub.hub.sessions.endOthers(null, caller),
};

const REFUSED = ["unauthenticated", "credential_inactive", "forbidden", "invalid_login"];

describe.each(STORES)("on %s, a caller that ended during its request", (name) => {
  let choice: StoreChoice;
  /** Where the request is carried out, and where the end happens: on PostgreSQL another node. */
  let here: Harness;
  let there: Harness;
  let app: Client;
  let count = 0;

  beforeAll(async () => {
    choice = await chooseStore(name);
    here = await createHarness({ openStore: choice.openStore });
    there = name === "SQLite" ? here : await createHarness({ openStore: choice.openStore });
    await here.addUser("keeper", { role: "admin" });
    await here.issue("keeper", "personal_token");
    await here.addUser("victim");
    app = await newApp();
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...new Set([here, there])].map((hub) => hub.close()));
    await choice.remove();
  });

  const newApp = async () => {
    const request = { name: "App", type: "public", redirectUris: [REDIRECT], implicit: true } as const;
    return (await here.hub.clients.create(request, nobody)).client;
  };
  const lastEvent = async () => (await here.context.store.read.audit.head()).seq;
  const newAdministrator = async () => {
    count += 1;
    await here.addUser(`admin${count}`, { role: "admin" });
    return `admin${count}`;
  };
  const bySession = async (username: string): Promise<Caller> => {
    const { session, account } = await here.hub.sessions.open(username, PASSWORD, origin);
    return {
      account,
      authority: new Authority([[EVERYTHING]]),
      proof: { by: "session", session, carrier: "cookie" },
      origin,
    };
  };
  const byToken = async (username: string): Promise<Caller> => {
    const { secret } = await here.issue(username, "personal_token");
    const verdict = await here.hub.verdicts.verify(new Secret(secret));
    if (!verdict.active) {
      throw new Error("a new token is active");
    }
    const { account, authority, credential } = verdict;
    return { account, authority, proof: { by: "credential", credential, derived: null }, origin };
  };
  const outcome = (attempt: Promise<unknown>) =>
    attempt.then(
      () => "carried out",
      (error: { code?: string }) => error.code,
    );

  describe.each(Object.entries(ENDS))("because %s", (_, end) => {
    test.each(Object.entries(VERBS))("cannot %s", async (_verb, attempt) => {
      for (const identify of [bySession, byToken]) {
        const caller = await identify(await newAdministrator());
        await end(there, caller);
        const before = await lastEvent();

        expect(REFUSED).toContain(await outcome(attempt(here, caller, app)));
        expect(await lastEvent()).toBe(before);
      }
    });
  });

  test("cannot change its own password once its session has ended", async () => {
    const username = await newAdministrator();
    const caller = await bySession(username);
    if (caller.proof.by !== "session") {
      throw new Error("signed in by a session");
    }
    const { session } = caller.proof;
    await there.hub.sessions.close(session, nobody);
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, revokeCredentials: false };

    expect(await outcome(here.hub.sessions.changePassword(session, change, caller))).toBe("unauthenticated");
    expect(await outcome(here.hub.sessions.open(username, PASSWORD, origin))).toBe("carried out");
  });

  // An account that was disabled before it was read has the same epoch as in the transaction: only `disabled`
  // tells.
  test("cannot be given a credential while its account is disabled", async () => {
    const username = await newAdministrator();
    await there.hub.accounts.update(username, { disabled: true }, nobody);
    const owner = await here.hub.accounts.get(username);

    expect(
      await outcome(here.hub.issuance.issue(owner, { kind: "personal_token", scopes: ["*:*:*"] }, nobody)),
    ).toBe("unauthenticated");
  });

  test("cannot redeem a code or a device code that its owner approved before a reset", async () => {
    for (const end of [
      ENDS["the administrator resets its password"],
      ENDS["the account is disabled and enabled again"],
    ]) {
      const caller = await bySession(await newAdministrator());
      const consent = { client: app, redirectUri: REDIRECT, scopes: [EVERYTHING] };
      const code = await here.hub.clients.codes.allow(consent, CHALLENGE, caller);
      const terminal = (await here.hub.clients.find("cloud-services")) as Client;
      const { deviceCode, userCode } = await here.hub.clients.devices.start(terminal, [], origin);
      await here.hub.clients.devices.answer(userCode, "approved", caller);
      await end?.(there, caller);

      const shown = { code, redirectUri: REDIRECT, verifier: VERIFIER };
      expect(await outcome(here.hub.clients.codes.redeem(app, shown, origin))).toBe("invalid_grant");
      expect(await outcome(here.hub.clients.devices.redeem(terminal, deviceCode, origin))).toBe(
        "access_denied",
      );
    }
  });

  test("which is a removed application gets no code, no token and no device code", async () => {
    const removed = await newApp();
    const caller = await bySession(await newAdministrator());
    const consent = { client: removed, redirectUri: REDIRECT, scopes: [EVERYTHING] };
    await there.hub.clients.remove(removed.id, nobody);

    expect(await outcome(here.hub.clients.codes.allow(consent, CHALLENGE, caller))).toBe("invalid_client");
    expect(await outcome(here.hub.clients.codes.allowImplicit(consent, caller))).toBe("invalid_client");
    expect(await outcome(here.hub.clients.devices.start(removed, [], origin))).toBe("invalid_client");
  });

  // Its id may be registered again, by other people.
  test("which is an application registered anew under the same id has nothing of the earlier one", async () => {
    const earlier = await newApp();
    const caller = await bySession(await newAdministrator());
    const consent = { client: earlier, redirectUri: REDIRECT, scopes: [EVERYTHING] };
    await there.hub.clients.remove(earlier.id, nobody);
    here.clock.advance({ ms: 1 });
    there.clock.advance({ ms: there === here ? 0 : 1 });
    await there.hub.clients.create(
      { clientId: earlier.id, name: "Other", type: "public", redirectUris: [REDIRECT], implicit: true },
      nobody,
    );

    expect(await outcome(here.hub.clients.codes.allow(consent, CHALLENGE, caller))).toBe("invalid_client");
    expect(await outcome(here.hub.clients.codes.allowImplicit(consent, caller))).toBe("invalid_client");
  });
});

function patch(hub: Harness, caller: Caller, change: Parameters<Harness["hub"]["accounts"]["update"]>[1]) {
  return hub.hub.accounts.update(nameOf(caller), change, nobody);
}

function accountOf({ account }: Caller) {
  if (!account) {
    throw new Error("these callers have an account");
  }
  return account;
}

function nameOf(caller: Caller): string {
  return accountOf(caller).username;
}
