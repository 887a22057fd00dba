import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { anonymousCaller } from "../caller.ts";
import { Secret } from "../secret/secret.ts";
import type { PasswordHasher } from "../world.ts";
import { Sessions } from "./sessions.ts";

const origin = { address: "192.0.2.1", agent: "browser" };
const nobody = anonymousCaller(origin);

describe("sessions", () => {
  let hub: Harness;
  let sessions: Sessions;

  beforeEach(async () => {
    hub = await createHarness();
    sessions = hub.hub.sessions;
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada");
  });

  afterEach(() => hub.close());

  const codeOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => "welcome",
      (error: { code?: string }) => error.code,
    );
  const logIn = (username: string, password: string) => codeOf(sessions.open(username, password, origin));

  test("open for the right password, in any case of the name, and are found by their secret alone", async () => {
    const { secret, session } = await sessions.open("ADA", PASSWORD, origin);

    expect(await sessions.find(secret)).toMatchObject({ session, account: { username: "ada" } });
    expect(await sessions.find(new Secret(`${secret.reveal().slice(0, -1)}-`))).toBeNull();
    expect(session).toMatchObject({ freshAt: hub.clock.now(), address: "192.0.2.1", agent: "browser" });
  });

  // A log-in that answered differently would tell strangers which names exist.
  test("refuse an unknown user, a wrong password, a disabled account and one without password alike", async () => {
    await hub.hub.accounts.create({ username: "robot", role: "member" }, nobody);
    await hub.hub.accounts.update("ada", { disabled: true }, nobody);

    expect([
      await logIn("nobody", PASSWORD),
      await logIn("not a name!", PASSWORD),
      await logIn("root", `${PASSWORD}!`),
      await logIn("root", ""),
      await logIn("robot", ""),
      await logIn("ada", PASSWORD),
    ]).toEqual(Array(6).fill("invalid_login"));
  });

  test("compare every byte of a long password", async () => {
    const long = "é".repeat(512);
    await hub.hub.accounts.create({ username: "bob", role: "member", password: long }, nobody);

    expect(await logIn("bob", long)).toBe("welcome");
    expect(await logIn("bob", `${long.slice(0, -1)}e`)).toBe("invalid_login");
    expect(await logIn("bob", `${long}x`)).toBe("invalid_login");
  });

  test("last as long as the option says, to the millisecond", async () => {
    const { secret } = await sessions.open("ada", PASSWORD, origin);
    hub.clock.advance({ hours: 12, ms: -1 });
    expect(await sessions.find(secret)).not.toBeNull();

    hub.clock.advance({ ms: 1 });

    expect(await sessions.find(secret)).toBeNull();
  });

  test("end when they are closed, and leave the account's others alone", async () => {
    const [one, other] = [
      await sessions.open("ada", PASSWORD, origin),
      await sessions.open("ada", PASSWORD, origin),
    ];
    await sessions.close(one.session, nobody);

    expect([await sessions.find(one.secret), (await sessions.find(other.secret)) !== null]).toEqual([
      null,
      true,
    ]);
  });

  test.each([
    ["disabled", { disabled: true }],
    ["given a new password", { password: "another long password" }],
  ])("end when the account is %s, and do not come back", async (_, patch) => {
    const { secret } = await sessions.open("ada", PASSWORD, origin);
    await hub.hub.accounts.update("ada", patch, nobody);
    expect(await sessions.find(secret)).toBeNull();

    await hub.hub.accounts.update("ada", { disabled: false }, nobody);

    expect(await sessions.find(secret)).toBeNull();
  });

  test("a log-in under way while the account is disabled opens nothing", async () => {
    const opening = Promise.allSettled(
      Array.from({ length: 5 }, () => sessions.open("ada", PASSWORD, origin)),
    );
    await hub.hub.accounts.update("ada", { disabled: true }, nobody);

    for (const result of await opening) {
      if (result.status === "fulfilled") {
        expect(await sessions.find(result.value.secret)).toBeNull();
      }
    }
  });

  test("a CSRF token belongs to one session", async () => {
    const { session } = await sessions.open("ada", PASSWORD, origin);
    const { session: other } = await sessions.open("ada", PASSWORD, origin);
    const token = sessions.csrfToken(session);

    expect(sessions.isCsrfToken(session, token)).toBe(true);
    for (const wrong of [
      "",
      token.slice(1),
      `${token}x`,
      sessions.csrfToken(other),
      "é".repeat(token.length),
    ]) {
      expect(sessions.isCsrfToken(session, wrong)).toBe(false);
    }
  });

  test("a session is no credential, and a credential no session", async () => {
    const { secret } = await sessions.open("ada", PASSWORD, origin);
    const token = await hub.issue("ada", "personal_token");

    expect(await hub.hub.verdicts.verify(secret)).toMatchObject({ active: false, reason: "malformed" });
    expect(await sessions.find(new Secret(token.secret))).toBeNull();
  });

  // A script that logs in anew for each call must not fill the table of sessions.
  test("of one account are two hundred at most; the oldest ends first", async () => {
    const first = await sessions.open("ada", PASSWORD, origin);
    hub.clock.advance({ ms: 1 });
    const second = await sessions.open("ada", PASSWORD, origin);
    for (let count = 0; count < 199; count += 1) {
      hub.clock.advance({ ms: 1 });
      await sessions.open("ada", PASSWORD, origin);
    }

    expect([await sessions.find(first.secret), (await sessions.find(second.secret)) !== null]).toEqual([
      null,
      true,
    ]);
  });

  // People type passwords where the name belongs.
  test("the audit records refusals, but no name that nobody bears", async () => {
    await logIn("hunter2-my-password", "x");
    await logIn("ada", "wrong password");
    const events = await hub.context.store.read.audit.list({ limit: 10, action: "session.refuse" });

    expect(events.map(({ owner, details }) => [owner, details.reason])).toEqual([
      ["ada", "wrong_password"],
      [null, "unknown_user"],
    ]);
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  describe("whose passwords were hashed at an older cost", () => {
    const renewing = (): Sessions => {
      const { passwords } = hub.context;
      const today: PasswordHasher = {
        hash: (password) => passwords.hash(password),
        verify: (phc, password) => passwords.verify(phc, password),
        isOutdated: () => true,
      };
      return new Sessions({ ...hub.context, passwords: today });
    };

    test("open at once, and the hash is renewed", async () => {
      const before = (await hub.hub.accounts.get("ada")).passwordHash;
      const opened = await renewing().open("ada", PASSWORD, origin);

      expect(await sessions.find(opened.secret)).not.toBeNull();
      expect((await hub.hub.accounts.get("ada")).passwordHash).not.toBe(before);
      expect(await logIn("ada", PASSWORD)).toBe("welcome");
    });

    test("renewing never brings an old password back that was changed meanwhile", async () => {
      const opening = codeOf(renewing().open("ada", PASSWORD, origin));
      await hub.hub.accounts.update("ada", { password: "another long password" }, nobody);
      await opening;

      expect(await logIn("ada", "another long password")).toBe("welcome");
      expect(await logIn("ada", PASSWORD)).toBe("invalid_login");
    });
  });
});
