import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { anonymousCaller } from "../caller.ts";
import { KIND_NAMES, type Kind } from "../credential/kinds.ts";
import { Secret } from "../secret/secret.ts";
import type { Accounts } from "./accounts.ts";

const nobody = anonymousCaller({ address: null, agent: null });

describe("accounts", () => {
  let hub: Harness;
  let accounts: Accounts;

  beforeEach(async () => {
    hub = await createHarness();
    accounts = hub.hub.accounts;
    await hub.addUser("root", { role: "admin" });
    await hub.hub.instances.create({ id: "sales", displayName: "Sales" }, nobody);
    await hub.addUser("ada", { grants: ["instance:sales:use"] });
  });

  afterEach(() => hub.close());

  const verdict = (secret: string) => hub.hub.verdicts.verify(new Secret(secret));
  const oneOfEach = async (username: string) => {
    const made: { kind: Kind; secret: string; id: string }[] = [];
    for (const kind of KIND_NAMES) {
      const options = kind === "instance_key" ? { instance: "sales" } : {};
      made.push({ kind, ...(await hub.issue(username, kind, options)) });
    }
    return made;
  };
  const actions = async () =>
    (await hub.context.store.read.audit.list({ limit: 100 })).map(({ action }) => action);

  test("a name that is none makes no account", async () => {
    for (const username of ["", "a b", "$app", "a\n"]) {
      await expect(accounts.create({ username, role: "member" }, nobody)).rejects.toMatchObject({
        code: "malformed_request",
        field: "username",
      });
    }
  });

  test("labels that play tricks where they are shown are refused, at making and at changing", async () => {
    for (const text of ["a\u0000b", "a\nb", "\u202egnp.exe", "\ud800", "x".repeat(256)]) {
      for (const field of ["displayName", "email"]) {
        const refused = { code: "malformed_request", field };
        const making = accounts.create({ username: "bob", role: "member", [field]: text }, nobody);
        await expect(making).rejects.toMatchObject(refused);
        await expect(accounts.update("ada", { [field]: text }, nobody)).rejects.toMatchObject(refused);
      }
    }
  });

  test("passwords hold 12 to 1,024 bytes, whatever the bytes", async () => {
    const fits = async (password: string) =>
      accounts.create({ username: `u${password.length}`, role: "member", password }, nobody).then(
        () => true,
        (error: { field?: string }) => error.field !== "password",
      );

    expect([
      await fits("x".repeat(11)),
      await fits("x".repeat(12)),
      await fits("é".repeat(6)),
      await fits("x".repeat(1024)),
      await fits("x".repeat(1025)),
      await fits("é".repeat(513)),
    ]).toEqual([false, true, true, true, false, false]);
  });

  test("a name that a grant gives away as a namespace cannot be taken", async () => {
    await accounts.setGrants("ada", ["repository:team/*:pull,push"], nobody);

    await expect(accounts.create({ username: "team", role: "member" }, nobody)).rejects.toMatchObject({
      code: "namespace_taken",
    });
    await accounts.setGrants("ada", [], nobody);
    await expect(accounts.create({ username: "team", role: "member" }, nobody)).resolves.toBeDefined();
  });

  test.each([
    ["disabling", "owner_disabled", () => accounts.update("ada", { disabled: true }, nobody)],
    ["deleting", "owner_deleted", () => accounts.remove("ada", nobody)],
    [
      "a new password",
      "password_reset",
      () => accounts.update("ada", { password: "another long password" }, nobody),
    ],
  ])(
    "%s ends every credential and session of the account at once, each with its event",
    async (_, reason, act) => {
      const made = await oneOfEach("ada");
      const session = await hub.logIn("ada");
      const other = await hub.issue("root", "personal_token");
      const { epoch } = await accounts.get("ada");

      await act();

      for (const { secret } of made) {
        expect(await verdict(secret)).toMatchObject({ active: false, ending: { reason } });
      }
      expect(await hub.hub.sessions.find(new Secret(session))).toBeNull();
      expect((await verdict(other.secret)).active).toBe(true);
      const events = await hub.context.store.read.audit.list({ limit: 50, action: "credential.revoke" });
      expect(new Set(events.map(({ credentialId }) => credentialId))).toEqual(
        new Set(made.map(({ id }) => id)),
      );
      const left = await hub.context.store.read.accounts.findByUsername("ada");
      expect(left === null || left.epoch > epoch).toBe(true);
    },
  );

  // A revocation is final: an old secret must not work again after its account is enabled.
  test("enabling an account again revives nothing, also after a restart", async () => {
    const made = await oneOfEach("ada");
    await accounts.update("ada", { disabled: true }, nobody);
    await accounts.update("ada", { disabled: false }, nobody);
    await hub.restart();

    for (const { secret } of made) {
      expect((await verdict(secret)).active).toBe(false);
    }
    expect((await verdict((await hub.issue("ada", "hub_token")).secret)).active).toBe(true);
  });

  test("an account of the same name is another account: it inherits no grant, credential or session", async () => {
    const made = await oneOfEach("ada");
    const session = await hub.logIn("ada");
    const former = await accounts.get("ada");
    await accounts.remove("ada", nobody);
    await hub.addUser("ada");
    const present = await hub.hub.accounts.get("ada");

    expect(present.id).not.toBe(former.id);
    expect(present.number).not.toBe(former.number);
    expect(present.grants).toEqual([]);
    for (const { secret } of made) {
      expect((await verdict(secret)).active).toBe(false);
    }
    expect(await hub.hub.sessions.find(new Secret(session))).toBeNull();
    expect(await hub.hub.credentials.list({ ownerId: present.id, limit: 50 })).toEqual([]);
  });

  test("nobody can be made a credential while the account is being disabled", async () => {
    const results = await Promise.allSettled([
      hub.issue("ada", "hub_token"),
      accounts.update("ada", { disabled: true }, nobody),
      hub.issue("ada", "app_token"),
    ]);

    for (const result of results) {
      if (result.status === "fulfilled" && "secret" in result.value) {
        expect((await verdict(result.value.secret as string)).active).toBe(false);
      }
    }
  });

  test("the last administrator stays one, however it is tried", async () => {
    for (const attempt of [
      () => accounts.update("root", { disabled: true }, nobody),
      () => accounts.update("root", { role: "member" }, nobody),
      () => accounts.remove("root", nobody),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "last_administrator" });
    }
    await hub.addUser("second", { role: "admin" });
    await accounts.update("second", { disabled: true }, nobody);
    await expect(accounts.remove("root", nobody)).rejects.toMatchObject({ code: "last_administrator" });
  });

  test("of two administrators who remove each other at once, one remains", async () => {
    await hub.addUser("second", { role: "admin" });
    const results = await Promise.allSettled([
      accounts.remove("root", nobody),
      accounts.remove("second", nobody),
      accounts.update("root", { role: "auditor" }, nobody),
    ]);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await hub.context.store.read.accounts.countAdministrators()).toBe(1);
  });

  test("a lost role is lost to what was made under it", async () => {
    await hub.addUser("second", { role: "admin" });
    const { secret } = await hub.issue("second", "platform_key");
    const reaches = async () => {
      const found = await verdict(secret);
      return found.active && found.authority.permits({ type: "hub", name: "admin", actions: ["use"] });
    };
    expect(await reaches()).toBe(true);

    await accounts.update("second", { role: "member" }, nobody);

    expect(await reaches()).toBe(false);
  });

  test("what every signed-in account may do is known to all at once when it changes", async () => {
    const { secret } = await hub.issue("ada", "hub_token");
    const downloads = async () => {
      const found = await verdict(secret);
      return (
        found.active && found.authority.permits({ type: "collection", name: "a.b", actions: ["download"] })
      );
    };
    expect(await downloads()).toBe(true);

    await accounts.setSharedGrants("authenticated", [], nobody);

    expect(await downloads()).toBe(false);
  });

  test("grants that are not scopes are refused, and the old ones stay", async () => {
    await expect(accounts.setGrants("ada", ["instance:sales:use", "nonsense"], nobody)).rejects.toMatchObject(
      {
        code: "invalid_scope",
      },
    );
    expect((await accounts.get("ada")).grants).toHaveLength(1);
  });

  test("a change that changes nothing leaves no event, and every other leaves its own", async () => {
    const before = (await actions()).length;
    await accounts.update("ada", {}, nobody);
    expect(await actions()).toHaveLength(before);

    await accounts.update("ada", { displayName: "Ada", disabled: true }, nobody);
    await accounts.update("ada", { disabled: false, password: "another long password" }, nobody);

    expect((await actions()).slice(0, 4)).toEqual([
      "account.enable",
      "account.reset_password",
      "account.disable",
      "account.update",
    ]);
    const written = JSON.stringify(await hub.context.store.read.audit.list({ limit: 100 }));
    expect(written).not.toContain("another long password");
    expect(written).not.toContain("$argon2");
  });

  test("the first administrator is made for an empty store and never again", async () => {
    expect(await accounts.bootstrap(PASSWORD)).toBeNull();
  });
});
