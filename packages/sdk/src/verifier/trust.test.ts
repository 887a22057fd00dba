import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { TrustSource } from "./trust.ts";

const MINUTE = 60_000;
const publicJwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });

/**
 * A hub that publishes these keys, or is down while there are none, and a clock that goes when it is told to.
 */
let kids: readonly string[] | null;
let asked: number;
let ms: number;
let source: TrustSource;

beforeEach(() => {
  kids = ["first"];
  asked = 0;
  ms = 0;
  const answer: typeof fetch = async (url) => {
    if (!String(url).endsWith("/oauth/jwks")) {
      return Response.json({ issuer: "https://hub.example/auth/realms/r" });
    }
    asked += 1;
    if (kids === null) {
      throw new TypeError("fetch failed");
    }
    return Response.json({ keys: kids.map((kid) => ({ ...publicJwk, kid })) });
  };
  const sending = { timeoutMs: 1_000, fetch: answer };
  source = new TrustSource({ baseUrl: "http://hub", sending }, () => ({ steady: ms, wall: ms }));
});

async function find(kid: string): Promise<unknown> {
  try {
    return (await source.withKey(kid)).keys.has(kid);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("the hub's keys", () => {
  test("are fetched once for all who need them, and again after five minutes", async () => {
    expect(await Promise.all([find("first"), find("first"), find("first")])).toEqual([true, true, true]);
    expect(asked).toBe(1);
    kids = ["second"];
    ms = 5 * MINUTE - 1;
    expect(await find("first")).toBe(true);
    ms = 5 * MINUTE;
    expect([await find("first"), await find("second"), asked]).toEqual([false, true, 2]);
  });

  test("are asked for again when a bearer names one that nobody knows", async () => {
    await find("first");
    kids = ["first", "second"];
    ms = 10_000;
    expect([await find("second"), asked]).toEqual([true, 2]);
  });

  // A stranger may name keys as fast as he likes; the hub must not feel it.
  test("are not asked for more often than every ten seconds, whatever is named", async () => {
    await find("first");
    for (ms = 0; ms < 30_000; ms += 100) {
      expect(await find(`made up ${ms}`)).toBe(false);
    }
    expect(asked).toBe(3);
  });

  test("hold for an hour while the hub is down, and no longer", async () => {
    await find("first");
    kids = null;
    for (ms = 6 * MINUTE; ms < 60 * MINUTE; ms += MINUTE) {
      expect(await find("first")).toBe(true);
      // Whether this one is the hub's nobody can say now.
      expect(await find("second")).toBe("unreachable");
    }
    expect(await find("first")).toBe("unreachable");
    kids = ["first"];
    ms += 10_000;
    expect(await find("first")).toBe(true);
  });

  test("are missed at the beginning only as long as the hub is", async () => {
    kids = null;
    expect([await find("first"), await find("first"), asked]).toEqual(["unreachable", "unreachable", 1]);
    kids = ["first"];
    ms = 1_000;
    expect(await find("first")).toBe(true);
  });

  test.each([[{}], [null], [{ keys: "none" }], [{ keys: [null, 7, {}], issuer: 7 }]])(
    "cannot be read in %j",
    async (document) => {
      const sending = { timeoutMs: 1_000, fetch: async () => Response.json(document) };
      source = new TrustSource({ baseUrl: "http://hub", sending });
      expect(await find("first")).toBe("unexpected_answer");
    },
  );
});
