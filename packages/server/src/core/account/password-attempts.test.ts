import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";
import { anonymousCaller, type Origin } from "../caller.ts";
import { HubError } from "../errors.ts";
import { Secret } from "../secret/secret.ts";
import type { PasswordHasher } from "../world.ts";
import { Sessions } from "./sessions.ts";

const HOME = from("192.0.2.1");
const ELSEWHERE = from("198.51.100.9");
const nobody = anonymousCaller(HOME);

function from(address: string | null): Origin {
  return { address, agent: "test" };
}

/** The hub's own sessions, with a count of the passwords that were compared. */
function counting(hub: Harness): { readonly sessions: Sessions; compared(): number } {
  const { passwords } = hub.context;
  let compared = 0;
  const hasher: PasswordHasher = {
    hash: (password, turn) => passwords.hash(password, turn),
    verify: (phc, password, turn) => {
      compared += 1;
      return passwords.verify(phc, password, turn);
    },
    isOutdated: () => false,
  };
  return { sessions: new Sessions({ ...hub.context, passwords: hasher }), compared: () => compared };
}

interface Outcome {
  readonly code: string;
  readonly seconds?: number | undefined;
}

async function logIn(
  sessions: Sessions,
  username: string,
  password: string,
  origin: Origin = HOME,
  browser: Secret | null = null,
): Promise<Outcome> {
  try {
    await sessions.open(username, password, origin, { browser });
    return { code: "welcome" };
  } catch (error) {
    const { code, retryAfterSeconds } = error as HubError;
    return { code, seconds: retryAfterSeconds };
  }
}

describe("attempts to log in", () => {
  let hub: Harness;
  let sessions: Sessions;
  let compared: () => number;

  beforeEach(async () => {
    hub = await createHarness();
    ({ sessions, compared } = counting(hub));
    await hub.addUser("ada");
    await hub.addUser("bob");
  });

  afterEach(() => hub.close());

  const code = async (
    ...attempt: Parameters<typeof logIn> extends [Sessions, ...infer Rest] ? Rest : never
  ) => (await logIn(sessions, ...attempt)).code;
  const guess = async (times: number, username: string, origin: Origin = HOME) => {
    for (let count = 0; count < times; count += 1) {
      await code(username, `wrong ${count}`, origin);
    }
  };
  const refusals = (username: string) =>
    hub.context.store.read.audit
      .list({ limit: 200, action: "session.refuse" })
      .then((events) => events.filter(({ owner }) => owner === username));

  test("are refused for a quarter of an hour after the tenth wrong one, and no password is compared", async () => {
    await guess(9, "ada");
    expect(await code("ada", "wrong")).toBe("invalid_login");
    const before = compared();

    expect(await logIn(sessions, "ada", PASSWORD)).toEqual({ code: "too_many_attempts", seconds: 900 });
    expect(await logIn(sessions, "ADA", "wrong")).toEqual({ code: "too_many_attempts", seconds: 900 });
    expect(compared()).toBe(before);

    hub.clock.advance({ minutes: 15, ms: -1 });
    expect(await logIn(sessions, "ada", PASSWORD)).toEqual({ code: "too_many_attempts", seconds: 1 });
    hub.clock.advance({ ms: 1 });
    expect(await code("ada", PASSWORD)).toBe("welcome");
  });

  test("wait until the oldest of the latest ten mistakes leaves the window", async () => {
    await guess(1, "ada");
    hub.clock.advance({ minutes: 5 });
    await guess(9, "ada");

    expect((await logIn(sessions, "ada", PASSWORD)).seconds).toBe(600);
  });

  // A brake that locked others out would be a weapon.
  test("for one account leave the others alone, also from the same address", async () => {
    await guess(12, "ada");
    expect(await code("bob", PASSWORD)).toBe("welcome");
  });

  test("are forgotten when the password is right, as far as they came from there", async () => {
    await guess(9, "ada");
    expect(await code("ada", PASSWORD)).toBe("welcome");
    await guess(9, "ada");
    expect(await code("ada", PASSWORD)).toBe("welcome");
  });

  // A script that logs in each minute would give a guesser ten more guesses each minute.
  test("of strangers are not forgotten when the owner logs in", async () => {
    expect(await code("ada", PASSWORD, HOME)).toBe("welcome");
    await guess(10, "ada", ELSEWHERE);
    expect(await code("ada", PASSWORD, HOME)).toBe("welcome");

    expect(await code("ada", PASSWORD, ELSEWHERE)).toBe("too_many_attempts");
  });

  describe("from an address with a hundred wrong ones", () => {
    beforeEach(async () => {
      for (let count = 0; count < 100; count += 1) {
        await guess(1, `nobody${count}`);
      }
    });

    // Attempts that are refused by the brake must still count.
    test("are still counted and audited for the account", async () => {
      expect(await code("ada", "wrong")).toBe("too_many_attempts");
      expect(await refusals("ada")).toHaveLength(1);
      expect((await refusals("ada"))[0]?.details.reason).toBe("wrong_password");
    });

    test("are refused before a password is compared, once the account has failed from there", async () => {
      await guess(1, "ada");
      const before = compared();

      expect(await logIn(sessions, "ada", PASSWORD)).toMatchObject({ code: "too_many_attempts" });
      await guess(50, "ada");
      expect(compared()).toBe(before);
      expect((await refusals("ada")).length).toBeGreaterThan(1);
    });

    test("are taken for an account that has not failed from there, and from elsewhere", async () => {
      await guess(1, "ada");
      expect(await code("bob", PASSWORD)).toBe("welcome");
      expect(await code("ada", PASSWORD, ELSEWHERE)).toBe("welcome");
    });

    test("are refused however the address is spelled", async () => {
      await guess(1, "ada");
      for (const address of ["::ffff:192.0.2.1", "192.0.2.1:4711", "[::ffff:c000:201]:443"]) {
        expect(await code("ada", PASSWORD, from(address))).toBe("too_many_attempts");
      }
    });
  });

  // A provider gives each customer at least a /64, and every guess could come from another address of it.
  test("from one IPv6 network count together", async () => {
    for (let count = 0; count < 100; count += 1) {
      await guess(1, `nobody${count}`, from(`2001:db8::${count + 1}`));
    }
    await guess(1, "ada", from("2001:db8::abcd"));

    expect(await code("ada", PASSWORD, from("2001:db8::1:2:3"))).toBe("too_many_attempts");
    expect(await code("ada", PASSWORD, from("2001:db8:0:1::1"))).toBe("welcome");
  });

  describe("of strangers, who have locked the account", () => {
    let browser: Secret;

    beforeEach(async () => {
      ({ browser } = await sessions.open("ada", PASSWORD, HOME));
      await guess(12, "ada", ELSEWHERE);
      expect(await code("ada", PASSWORD, from("203.0.113.50"))).toBe("too_many_attempts");
    });

    test("do not lock out an address that signed in lately, nor the browser that did", async () => {
      expect(await code("ada", PASSWORD, HOME)).toBe("welcome");
      expect(await code("ada", PASSWORD, from("203.0.113.51"), browser)).toBe("welcome");
    });

    test("leave each of those ten attempts, and not more", async () => {
      for (let count = 0; count < 10; count += 1) {
        expect(await code("ada", "wrong", HOME)).toBe("invalid_login");
      }
      expect(await code("ada", PASSWORD, HOME)).toBe("too_many_attempts");
      for (let count = 0; count < 10; count += 1) {
        expect(await code("ada", "wrong", ELSEWHERE, browser)).toBe("invalid_login");
      }
      expect(await code("ada", PASSWORD, ELSEWHERE, browser)).toBe("too_many_attempts");
    });

    test("lock out a browser of somebody else, one that was altered, and one from long ago", async () => {
      const other = (await sessions.open("bob", PASSWORD, HOME)).browser;
      const text = browser.reveal();
      const altered = [
        text.slice(0, -1),
        `${text}x`,
        text.replace(/\.[^.]+$/, "."),
        "",
        "....",
        "a".repeat(5_000),
      ];
      for (const shown of [other, ...altered.map((each) => new Secret(each))]) {
        expect(await code("ada", PASSWORD, ELSEWHERE, shown)).toBe("too_many_attempts");
      }
      hub.clock.advance({ days: 30 });
      await guess(12, "ada", ELSEWHERE);
      expect(await code("ada", PASSWORD, from("203.0.113.52"), browser)).toBe("too_many_attempts");
      expect(await code("ada", PASSWORD, HOME)).toBe("too_many_attempts");
    });

    // Somebody who knew the old password may have signed in from there.
    test("lock out what signed in before the password was reset, and the reset itself unlocks", async () => {
      await hub.hub.accounts.update("ada", { password: "another long password" }, nobody);
      expect(await code("ada", "another long password", ELSEWHERE)).toBe("welcome");
      await guess(12, "ada", from("203.0.113.99"));

      expect(await code("ada", "another long password", HOME, browser)).toBe("too_many_attempts");
    });
  });

  test("that give the password again in a session are held against that session alone", async () => {
    const { session, account } = await sessions.open("ada", PASSWORD, HOME);
    const caller = { ...nobody, account, proof: { by: "session", session, carrier: "cookie" } } as const;
    const change = (currentPassword: string) =>
      sessions
        .changePassword(
          session,
          { currentPassword, newPassword: "another long password", revokeCredentials: false },
          caller,
        )
        .then(
          () => "changed",
          (error: HubError) => error.code,
        );
    await guess(12, "ada", ELSEWHERE);
    for (let count = 0; count < 9; count += 1) {
      expect(await change("wrong")).toBe("invalid_login");
    }
    expect(await change(PASSWORD)).toBe("changed");
    for (let count = 0; count < 10; count += 1) {
      expect(await change("wrong")).toBe("invalid_login");
    }
    expect(await change("another long password")).toBe("too_many_attempts");
  });

  // Sent all at once, guesses would pass a brake that only looks before the password is compared.
  test("that come a hundred at once are compared ten times", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, count) => code("ada", count === 99 ? PASSWORD : `guess ${count}`)),
    );

    expect(answers.filter((each) => each === "invalid_login")).toHaveLength(10);
    expect(answers.filter((each) => ["too_many_attempts", "busy"].includes(each))).toHaveLength(90);
    expect(compared()).toBe(10);
  });

  test("that are right are no attack, however many come at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => code("ada", PASSWORD)));
    expect(answers).toEqual(Array(50).fill("welcome"));
  });

  test("of callers that hung up while they waited are not compared", async () => {
    const gone: Origin = { ...HOME, isGone: () => true };
    const staying = Array.from({ length: 10 }, () => code("ada", PASSWORD));
    const left = await Promise.all(Array.from({ length: 20 }, () => code("ada", PASSWORD, gone)));
    await Promise.all(staying);

    expect(new Set(left)).toEqual(new Set(["busy"]));
    expect(compared()).toBeLessThanOrEqual(10);
  });

  // People type passwords where the name belongs.
  test("for names that nobody has are kept under a digest, and the audit has no name of them", async () => {
    await guess(1, "hunter2-my-password");
    const [event] = await hub.context.store.read.audit.list({ limit: 1, action: "session.refuse" });

    expect(JSON.stringify(event)).not.toContain("hunter2");
    const { logins } = hub.context.store.read;
    expect(await logins.failuresOf("hunter2-my-password", 0, 10)).toEqual([]);
  });

  test("cannot fill the audit once they are refused unseen", async () => {
    await guess(300, "ada");
    expect((await refusals("ada")).length).toBeLessThanOrEqual(110);
  });

  test("that some other directory proves are judged alike", async () => {
    const ada = await hub.hub.accounts.get("ada");
    const judge = (isRight: boolean) =>
      sessions.attempts
        .judge({ username: "ada", origin: HOME }, ada, async () => (isRight ? ada : null))
        .then(
          () => "welcome",
          (error: HubError) => error.code,
        );
    for (let count = 0; count < 10; count += 1) {
      expect(await judge(false)).toBe("invalid_login");
    }
    expect(await judge(true)).toBe("too_many_attempts");
  });

  test("that could not be judged count as none", async () => {
    const fail = () => Promise.reject(new HubError("store_unavailable"));
    const ada = await hub.hub.accounts.get("ada");
    for (let count = 0; count < 20; count += 1) {
      await sessions.attempts.judge({ username: "ada", origin: HOME }, ada, fail).catch(() => undefined);
    }
    expect(await code("ada", PASSWORD)).toBe("welcome");
  });
});

describe.each(STORES)("on %s, attempts at two nodes", (name) => {
  let choice: StoreChoice;
  let here: Harness;
  let there: Harness;

  beforeEach(async () => {
    choice = await chooseStore(name);
    here = await createHarness({ openStore: choice.openStore });
    there = name === "SQLite" ? here : await createHarness({ openStore: choice.openStore });
    await here.addUser("ada");
  }, 60_000);

  afterEach(async () => {
    await Promise.all([...new Set([here, there])].map((hub) => hub.close()));
    await choice.remove();
  });

  test("are counted together: at both at once exactly ten are told that they were wrong", async () => {
    const nodes = [counting(here).sessions, counting(there).sessions];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, count) =>
        logIn(nodes[count % 2] as Sessions, "ada", `guess ${count}`, from(`192.0.2.${count}`)),
      ),
    );

    expect(answers.filter(({ code }) => code === "invalid_login")).toHaveLength(10);
    for (const sessions of nodes) {
      expect((await logIn(sessions, "ada", PASSWORD)).code).toBe("too_many_attempts");
    }
  });

  test("are counted over a restart", async () => {
    for (let count = 0; count < 10; count += 1) {
      await logIn(here.hub.sessions, "ada", "wrong");
    }
    await here.restart();

    expect((await logIn(here.hub.sessions, "ada", PASSWORD)).code).toBe("too_many_attempts");
  });
});
