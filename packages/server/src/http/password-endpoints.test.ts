import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, createHarness, type Harness, PASSWORD } from "../testing/harness.ts";

type Attempt = (username: string, password: string) => Promise<Call> | Call;

const basic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
});

/**
 * Every endpoint that takes a password. Each must be braked alike: one that is not is where a guesser goes.
 */
describe("at each endpoint that takes a password", () => {
  let hub: Harness;
  let count = 0;
  const sessions = new Map<string, string>();

  beforeAll(async () => {
    hub = await createHarness();
  });
  afterAll(() => hub.close());

  const sessionOf = async (username: string) => {
    const known = sessions.get(username) ?? (await hub.logIn(username));
    sessions.set(username, known);
    return known;
  };
  const endpoints: Readonly<Record<string, Attempt>> = {
    "POST /session": (username, password) => ({
      method: "POST",
      url: "/api/mintmark/v1/session",
      json: { username, password },
    }),
    "PUT /password": async (username, currentPassword) => ({
      method: "PUT",
      url: "/api/mintmark/v1/password",
      bearer: await sessionOf(username),
      json: { currentPassword, newPassword: PASSWORD },
    }),
    "Basic at galaxy": (username, password) => ({
      url: "/api/galaxy/_ui/v1/me/",
      headers: basic(username, password),
    }),
    "the device page": (username, password) => ({
      method: "POST",
      url: "/device/sign-in",
      form: { username, password },
    }),
    "IBM authorize": (username, password) => ({
      method: "POST",
      url: "/icp4d-api/v1/authorize",
      json: { username, password },
    }),
    "IBM validateAuth": (username, password) => ({
      url: "/v1/preauth/validateAuth",
      headers: basic(username, password),
    }),
    "the registry's GET": (username, password) => ({
      url: "/v2/auth?service=mintmark-registry",
      headers: basic(username, password),
    }),
    "the registry's POST": (username, password) => ({
      method: "POST",
      url: "/v2/auth",
      form: { grant_type: "password", service: "mintmark-registry", client_id: "c", username, password },
    }),
    "Quay's sign-in": (username, password) => ({
      method: "POST",
      url: "/api/v1/signin",
      json: { username, password },
    }),
  };

  test.each(Object.entries(endpoints))(
    "%s: ten wrong ones, then 429 with the time to wait",
    async (_, attempt) => {
      count += 1;
      const username = `user${count}`;
      await hub.addUser(username);
      const isRightFirst = await hub.call(await attempt(username, PASSWORD));
      expect(isRightFirst.statusCode).toBeLessThan(400);
      for (let wrong = 0; wrong < 10; wrong += 1) {
        expect((await hub.call(await attempt(username, `wrong ${wrong}`))).statusCode).not.toBe(429);
      }

      for (const password of ["wrong", PASSWORD]) {
        const reply = await hub.call(await attempt(username, password));
        expect(reply.statusCode).toBe(429);
        expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
      }
      const events = await hub.context.store.read.audit.list({ limit: 50, action: "session.refuse" });
      expect(events.filter(({ owner }) => owner === username).length).toBeGreaterThanOrEqual(11);
    },
  );

  // The same password from a keyboard of macOS (decomposed) and from another system (composed).
  test.each(["NFC", "NFD"] as const)(
    "a password that was set as %s is good in both spellings",
    async (form) => {
      const typed = "pässwörter von Zoë";
      const username = `typed-${form}`;
      await hub.addUser(username);
      await hub.addUser(`admin-${form}`, { role: "admin" });
      await hub.call({
        method: "PATCH",
        url: `/api/mintmark/v1/users/${username}`,
        bearer: await hub.logIn(`admin-${form}`),
        json: { password: typed.normalize(form) },
      });
      const names = Object.keys(endpoints).filter((name) => name !== "PUT /password");
      for (const name of names) {
        const attempt = endpoints[name] as Attempt;
        for (const spelling of ["NFC", "NFD"]) {
          const reply = await hub.call(await attempt(username, typed.normalize(spelling)));
          expect([name, spelling, reply.statusCode < 400]).toEqual([name, spelling, true]);
        }
      }
      const bare = await hub.call(
        await (endpoints["POST /session"] as Attempt)(username, "passworter von Zoe"),
      );
      expect(bare.statusCode).toBe(401);
    },
  );

  test("the mistakes of all of them count together", async () => {
    await hub.addUser("shared");
    const names = Object.keys(endpoints).filter((name) => name !== "PUT /password");
    for (let wrong = 0; wrong < 10; wrong += 1) {
      const attempt = endpoints[names[wrong % names.length] as string] as Attempt;
      await hub.call(await attempt("shared", "wrong"));
    }
    for (const name of names) {
      const reply = await hub.call(await (endpoints[name] as Attempt)("shared", PASSWORD));
      expect([name, reply.statusCode]).toEqual([name, 429]);
    }
  });

  test("a browser that signed in by a form is known at the next one, while strangers lock the account", async () => {
    await hub.addUser("browser");
    const form = { username: "browser", password: PASSWORD };
    const opened = await hub.call({ method: "POST", url: "/device/sign-in", form });
    const cookie = [opened.headers["set-cookie"]].flat().map((each) => String(each).split(";")[0]);
    for (let wrong = 0; wrong < 12; wrong += 1) {
      await hub.hub.sessions
        .open("browser", "wrong", { address: "198.51.100.9", agent: null })
        .catch(() => undefined);
    }
    const call = { method: "POST", url: "/device/sign-in", form } as const;
    await hub.context.store.write((writes) =>
      writes.logins.purge({ failures: 0, addresses: hub.clock.now() }),
    );

    expect((await hub.call(call)).statusCode).toBe(429);
    expect((await hub.call({ ...call, headers: { cookie: cookie.join("; ") } })).statusCode).toBe(303);
  });
});
