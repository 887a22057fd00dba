import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { HmacSha256 } from "./hmac.ts";

const TEXTS = ["", "x", "s".repeat(40), "ä".repeat(20), "ä".repeat(33), "\u{1f511}", "y".repeat(5_000)];

describe("our own HMAC-SHA-256", () => {
  test.for([1, 32, 63, 64])("agrees with createHmac under a key of %i bytes", (keyBytes) => {
    const key = randomBytes(keyBytes);
    const own = new HmacSha256(key, 40);
    for (const text of [...TEXTS, ...TEXTS]) {
      expect(own.digest(text)).toBe(createHmac("sha256", key).update(text).digest().toString("latin1"));
    }
  });

  test("gives the result of RFC 4231, test case 2", () => {
    const digest = new HmacSha256(Buffer.from("Jefe"), 28).digest("what do ya want for nothing?");
    expect(Buffer.from(digest, "latin1").toString("hex")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("refuses a key that the algorithm would have to hash first", () => {
    expect(() => new HmacSha256(Buffer.alloc(65), 40)).toThrow(RangeError);
  });
});
