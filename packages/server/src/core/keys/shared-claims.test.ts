import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CommonClaims, SharedClaims } from "./shared-claims.ts";

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}

const text = fc.string({ unit: "grapheme" });
const common = fc
  .dictionary(
    text.map((name) => `common ${name}`),
    fc.oneof(text, fc.integer(), fc.array(text)),
    { minKeys: 1, maxKeys: 6 },
  )
  .map((claims) => ({ ...claims }) as CommonClaims);
const own = fc.record({ exp: fc.nat(), iat: fc.nat(), jti: text, sid: text }, { requiredKeys: ["exp"] });

describe("claims that tokens share", () => {
  test("make with a token's own what one object would, in a strict encoding", () => {
    fc.assert(
      fc.property(common, own, (shared, claims) => {
        const part = new SharedClaims(shared).encodeWith(claims);
        expect(decode(part)).toEqual({ ...shared, ...claims });
        expect(Buffer.from(part, "base64url").toString("base64url")).toBe(part);
      }),
      { seed: 20_261_128 },
    );
  });

  test("are encoded alike for texts of any length", () => {
    for (let length = 0; length < 7; length += 1) {
      const shared = { iss: "ü".repeat(length), x: "y".repeat(length % 3) };
      expect(decode(new SharedClaims(shared).encodeWith({ exp: 1 }))).toEqual({ ...shared, exp: 1 });
    }
  });

  // Parsers differ in which of two members of one name they believe.
  test("hold none of those that each token has", () => {
    // @ts-expect-error: the type is the guard
    const shared = new SharedClaims({ sub: "ada", sid: "1" });
    expect(shared.encodeWith({ exp: 1 })).toMatch(/^eyJ/);
  });
});
