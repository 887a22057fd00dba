import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../core/caller.ts";
import { Secret } from "../core/secret/secret.ts";
import type { Store } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { allDialects } from "../dialects.ts";
import { createHarness, type Harness } from "../testing/harness.ts";
import { openSqliteIn } from "../testing/stores.ts";
import { NOT_ASKED_AGAIN, WRITE_CALLS } from "../testing/write-calls.ts";

const nobody = anonymousCaller({ address: null, agent: "test" });

/** Runs something between the moment in which a request is admitted and its first write. */
let beforeNextWrite: (() => Promise<unknown>) | null = null;
let hub: Harness;
let count = 0;

beforeAll(async () => {
  hub = await createHarness({
    openStore: openInterrupted,
    policy: { appTokenReveal: "always" },
  });
});

afterAll(() => hub.close());

async function openInterrupted(directory: string, clock: Clock): Promise<Store> {
  const store = await openSqliteIn(directory, clock);
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "write") {
        return async (...write: Parameters<Store["write"]>) => {
          const interrupt = beforeNextWrite;
          beforeNextWrite = null;
          await interrupt?.();
          return target.write(...write);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** All routes that may change something, by name; the second mount of the Galaxy API counts as the first. */
function writeRoutes(): readonly string[] {
  const names = allDialects(hub.hub, { galaxyPrefix: "/api/galaxy" }).flatMap(({ name, routes }) =>
    routes
      .filter(({ method, changesState }) => changesState === true || !["GET", "HEAD"].includes(method))
      .map(({ method, path }) => `${name} ${method} ${path}`),
  );
  const plain = names.map((name) =>
    name
      .replace("/api/automation-hub", "/api/galaxy")
      .replace(" /api/v1/usermgmt", " /usermgmt")
      .replace(" /realms/", " /auth/realms/"),
  );
  return [...new Set(plain)];
}

test("every route that may change something is in one of the two lists", () => {
  const named = [...Object.keys(WRITE_CALLS), ...Object.keys(NOT_ASKED_AGAIN)];

  expect([...named].sort()).toEqual([...writeRoutes()].sort());
});

const ENDS: Readonly<Record<string, (username: string, bearer: string) => Promise<unknown>>> = {
  "all of its account has ended": (username) =>
    hub.hub.accounts.update(username, { password: "a wholly new password" }, nobody),
  "its session has ended": async (_username, bearer) => {
    const found = await hub.hub.sessions.find(new Secret(bearer));
    return found ? hub.hub.sessions.close(found.session, nobody) : undefined;
  },
};

describe.each(Object.entries(WRITE_CALLS))("%s", (_name, build) => {
  const begin = async () => {
    count += 1;
    const me = `caller${count}`;
    await hub.addUser(me, { role: "admin" });
    const call = await build({ hub, me, tag: `tag${count}` });
    return { me, bearer: await hub.logIn(me), call };
  };

  test("is carried out for a caller that stands", async () => {
    const { bearer, call } = await begin();

    expect((await hub.call({ ...call, bearer })).statusCode).toBeLessThan(400);
  });

  test.each(Object.entries(ENDS))("is refused if the caller was admitted and %s since", async (_, end) => {
    const { me, bearer, call } = await begin();
    let seqAtEnd = 0;
    beforeNextWrite = async () => {
      await end(me, bearer);
      seqAtEnd = (await hub.context.store.read.audit.head()).seq;
    };
    const { statusCode } = await hub.call({ ...call, bearer });

    expect(beforeNextWrite).toBe(null);
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
    expect((await hub.context.store.read.audit.head()).seq).toBe(seqAtEnd);
  });
});
