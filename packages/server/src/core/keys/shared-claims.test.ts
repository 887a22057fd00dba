import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HubError } from "../errors.ts";
import type { JwtPart } from "./jwt.ts";
import { encodeClaims, SharedClaims } from "./shared-claims.ts";

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}

const values = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());
const claimsNamed = (prefix: string) =>
  fc
    .dictionary(
      fc.string().map((name) => prefix + name),
      values,
      { minKeys: 1, maxKeys: 6 },
    )
    .map((claims) => ({ ...claims }) as JwtPart);

describe("claims that tokens share", () => {
  test("make with a token's own what one object would, in a strict encoding", () => {
    fc.assert(
      fc.property(claimsNamed("a"), claimsNamed("b"), (common, own) => {
        const part = new SharedClaims(common).encodeWith(own);
        expect(decode(part)).toEqual({ ...common, ...own });
        expect(Buffer.from(part, "base64url").toString("base64url")).toBe(part);
      }),
      { seed: 20_261_128 },
    );
  });

  test("are encoded alike for texts of any length", () => {
    for (let length = 0; length < 7; length += 1) {
      const common = { iss: "ü".repeat(length), x: "y".repeat(length % 3) };
      expect(decode(encodeClaims({ exp: 1 }, new SharedClaims(common)))).toEqual({ ...common, exp: 1 });
    }
    expect(decode(encodeClaims({ exp: 1 }, null))).toEqual({ exp: 1 });
  });

  // Parsers differ in which of two members of one name they believe.
  test("are not repeated by a token", () => {
    const shared = new SharedClaims({ sub: "ada" });
    expect(() => shared.encodeWith({ exp: 1, sub: "mallory" })).toThrow(HubError);
  });
});
