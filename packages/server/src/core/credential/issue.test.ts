import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { formatScope } from "../authority/scope.ts";
import { anonymousCaller } from "../caller.ts";
import type { Credential } from "./credential.ts";
import type { IssueRequest } from "./issue.ts";
import { KIND_NAMES, type Kind } from "./kinds.ts";
import { sealingContext } from "./new-secret.ts";

const DAY_MS = 86_400_000;
const nobody = anonymousCaller({ address: null, agent: null });

describe("issuing", () => {
  let hub: Harness;

  afterEach(() => hub.close());

  const open = async (policy: Parameters<typeof createHarness>[0] = {}) => {
    hub = await createHarness(policy);
    await hub.hub.instances.create({ id: "sales", displayName: "Sales" }, nobody);
    await hub.hub.instances.create({ id: "secret", displayName: "Not for Ada" }, nobody);
    await hub.addUser("ada", { grants: ["instance:sales:use", "repository:team/*:pull"] });
  };
  const ask = async (kind: Kind, rest: Omit<IssueRequest, "kind">) =>
    hub.hub.issuance.issue(await hub.hub.accounts.get("ada"), { kind, ...rest }, nobody);
  /** With the scopes of its own system; a personal token has none until they are chosen. */
  const issue = (kind: Kind, rest: Omit<IssueRequest, "kind"> = {}) =>
    ask(kind, { ...(kind === "personal_token" ? { scopes: ["*:*:*"] } : {}), ...rest });
  const refusal = (attempt: Promise<unknown>) =>
    attempt.then(
      () => null,
      (error: { code?: string; field?: string }) => `${error.code}: ${error.field}`,
    );
  const events = () => hub.context.store.read.audit.list({ limit: 100 });

  describe("under the default policy", () => {
    beforeEach(() => open());

    test.each<[Kind, string]>([
      ["offline_token", "collection:*:*"],
      ["hub_token", "collection:*:*"],
      ["app_token", "repository:*:*"],
      ["platform_key", "*:*:*"],
    ])("a %s without scopes has those of its own house, %s", async (kind, scope) => {
      const { credential } = await issue(kind);
      expect(credential.scopes.map(formatScope)).toEqual([scope]);
    });

    // A request that says nothing must not get the most.
    test("a personal token without scopes is refused", async () => {
      expect(await refusal(ask("personal_token", {}))).toBe("invalid_scope: scopes");
    });

    test("an instance key reaches its one instance and takes no other scope", async () => {
      const { credential } = await issue("instance_key", { instance: "sales" });
      expect(credential.scopes.map(formatScope)).toEqual(["instance:sales:use"]);
      expect(
        await refusal(issue("instance_key", { instance: "sales", scopes: ["instance:sales:use"] })),
      ).toBe("invalid_scope: scopes");
    });

    test.each<[Kind, string]>([
      ["offline_token", "repository:team/app:pull"],
      ["hub_token", "instance:sales:use"],
      ["app_token", "collection:acme.tools:upload"],
      ["platform_key", "user:admin"],
    ])("a %s cannot be given %s, which is not of its house", async (kind, scope) => {
      expect(await refusal(issue(kind, { scopes: [scope] }))).toBe("invalid_scope: scopes");
    });

    test("scopes are well formed, at least one and at most a hundred", async () => {
      for (const scopes of [[], ["nonsense"], ["user:*"], Array(101).fill("collection:a.b:download")]) {
        expect(await refusal(issue("personal_token", { scopes }))).toBe("invalid_scope: scopes");
      }
      const { credential } = await issue("personal_token", { scopes: ["user:admin", "hub:introspect:use"] });
      expect(credential.scopes.map(formatScope)).toEqual(["user:admin", "hub:introspect:use"]);
    });

    test("an instance is named for the kind that has one and for no other", async () => {
      expect(await refusal(issue("instance_key"))).toBe("malformed_request: instance");
      for (const kind of KIND_NAMES.filter((name) => name !== "instance_key")) {
        expect(await refusal(issue(kind, { instance: "sales" }))).toBe("malformed_request: instance");
      }
    });

    test("an instance that is not granted answers as one that does not exist", async () => {
      expect(await refusal(issue("instance_key", { instance: "secret" }))).toBe("not_found: instance");
      expect(await refusal(issue("instance_key", { instance: "no-such" }))).toBe("not_found: instance");
    });

    test("an end lies in the future, if only by a millisecond", async () => {
      const now = hub.clock.now();
      for (const expiresAt of [now, now - 1, 0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
        expect(await refusal(issue("app_token", { expiresAt }))).toBe("malformed_request: expiresAt");
      }
      expect((await issue("app_token", { expiresAt: now + 1 })).credential.expiresAt).toBe(now + 1);
    });

    test("an idle time may be shorter than the option, not longer", async () => {
      expect((await issue("offline_token")).credential.idleMs).toBe(30 * DAY_MS);
      expect((await issue("offline_token", { idleMs: 1000 })).credential.idleMs).toBe(1000);
      expect(await refusal(issue("offline_token", { idleMs: 30 * DAY_MS + 1 }))).toBe("beyond_policy: idle");
    });

    test("whatever is refused leaves nothing behind", async () => {
      const before = (await events()).length;
      await refusal(issue("app_token", { scopes: ["nonsense"] }));
      await refusal(issue("hub_token", { title: "\u0007" }));

      expect(await events()).toHaveLength(before);
      expect(await hub.hub.credentials.list({ limit: 10 })).toEqual([]);
    });

    test("a new one in a slot names the one it replaced, and both events are of one change", async () => {
      const first = await issue("platform_key");
      const second = await issue("platform_key");
      const [event] = await events();

      expect(event).toMatchObject({
        action: "credential.replace",
        credentialId: second.credential.id,
        details: { replaced: first.credential.id, replacedHint: first.credential.hint },
      });
    });

    // One session made 933 tokens in a third of a second.
    test("an account has as many as the operator allows; replacing goes on, and an end makes room", async () => {
      await hub.close();
      await open({ policy: { credentialsPerOwner: 3 } });
      const slotted = await issue("hub_token");
      const [first] = [await issue("app_token"), await issue("personal_token")];

      const refused = await issue("app_token").then(
        () => null,
        (error: { code?: string; explanation?: string }) => error,
      );
      expect(refused?.code).toBe("credential_limit");
      expect(refused?.explanation).toContain("MINTMARK_CREDENTIALS_PER_OWNER");
      expect((await issue("hub_token")).credential.id).not.toBe(slotted.credential.id);

      await hub.hub.revocations.revoke(first.credential, nobody, null);
      const brief = await issue("app_token", { expiresAt: hub.clock.now() + 1_000 });
      expect(await refusal(issue("app_token"))).toBe("credential_limit: undefined");
      hub.clock.advance({ seconds: 1 });
      expect((await issue("app_token")).credential.id).not.toBe(brief.credential.id);
    });

    test("many at once are no more than the operator allows", async () => {
      await hub.close();
      await open({ policy: { credentialsPerOwner: 5 } });
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => issue("app_token")));

      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    });

    test("an owner who was deleted meanwhile gets nothing", async () => {
      const owner = await hub.hub.accounts.get("ada");
      await hub.hub.accounts.remove("ada", nobody);
      const attempt = hub.hub.issuance.issue(owner, { kind: "hub_token" }, nobody);

      expect(await refusal(attempt)).toBe("unauthenticated: undefined");
      expect(await hub.hub.credentials.list({ limit: 10 })).toEqual([]);
    });

    // The promise of the whole design: a stolen data directory contains no working token.
    test("no secret, password or session stands in any file of the store or in the audit", async () => {
      const secrets = [PASSWORD, await hub.logIn("ada")];
      for (const kind of KIND_NAMES) {
        const { secret } = await issue(kind, kind === "instance_key" ? { instance: "sales" } : {});
        secrets.push(secret.reveal());
      }
      const { secret } = await hub.hub.clients.create({ name: "A", type: "confidential" }, nobody);
      secrets.push(secret?.reveal() ?? "");
      const files = readdirSync(hub.directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
      const everything = [...files, JSON.stringify(await events())].join("\n");

      expect(everything).toContain("ada");
      for (const text of secrets) {
        // Nor what is drawn of it: 30 characters without mark and checksum.
        expect(everything.includes(text)).toBe(false);
        expect(everything.includes(text.slice(4, -6))).toBe(false);
      }
    });
  });

  describe("where keys and app tokens expire", () => {
    beforeEach(() => open({ policy: { apiKeyExpirationMs: 10 * DAY_MS, appTokenExpirationMs: 5 * DAY_MS } }));

    test.each<[Kind, number]>([
      ["platform_key", 10],
      ["app_token", 5],
    ])("a %s lives %i days unless it asks for less, and cannot ask for more", async (kind, days) => {
      const latest = hub.clock.now() + days * DAY_MS;

      expect((await issue(kind)).credential.expiresAt).toBe(latest);
      expect((await issue(kind, { expiresAt: latest })).credential.expiresAt).toBe(latest);
      expect((await issue(kind, { expiresAt: latest - 1 })).credential.expiresAt).toBe(latest - 1);
      expect(await refusal(issue(kind, { expiresAt: latest + 1 }))).toBe("beyond_policy: expiresAt");
    });

    test("hub tokens do not", async () => {
      expect((await issue("hub_token")).credential.expiresAt).toBeNull();
    });
  });

  describe("where app tokens can be read again", () => {
    beforeEach(() => open({ policy: { appTokenReveal: "always" } }));

    test("a sealed copy is kept of app tokens alone, and opens for that credential alone", async () => {
      const { credential, secret } = await issue("app_token");
      const { keyring } = hub.context;
      const sealed = (await hub.hub.credentials.find(credential.id))?.sealedSecret as Buffer;

      expect(keyring.unseal(sealed, sealingContext(credential.id)).toString()).toBe(secret.reveal());
      expect(() => keyring.unseal(sealed, sealingContext("another"))).toThrow();
      for (const kind of KIND_NAMES.filter((name) => name !== "app_token" && name !== "instance_key")) {
        expect((await issue(kind)).credential.sealedSecret).toBeNull();
      }
    });

    test("the copies are erased when the option returns to once, and when the token ends", async () => {
      const [kept, revoked] = [await issue("app_token"), await issue("app_token")];
      await hub.hub.revocations.revoke(revoked.credential, nobody, null);
      expect((await find(revoked.credential)).sealedSecret).toBeNull();
      expect((await find(kept.credential)).sealedSecret).not.toBeNull();
      hub.changePolicy({ appTokenReveal: "once" });

      await hub.restart();

      expect((await find(kept.credential)).sealedSecret).toBeNull();
    });

    const find = async ({ id }: Credential) => (await hub.hub.credentials.find(id)) as Credential;
  });
});
