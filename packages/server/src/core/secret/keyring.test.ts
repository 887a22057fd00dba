import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { entropy } from "../../testing/entropy.ts";
import { drawSecret } from "./format.ts";
import { Keyring } from "./keyring.ts";
import { Secret } from "./secret.ts";

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);

describe("the keyring", () => {
  test("a digest is of 32 bytes, of this key, and not a plain hash", () => {
    const secret = drawSecret(entropy, "mmt_");
    const digest = Keyring.of(first).digest(secret);

    expect(digest.bytes).toHaveLength(32);
    expect(digest.bytes.equals(Keyring.of(first).digest(secret).bytes)).toBe(true);
    expect(digest.bytes.equals(Keyring.of(second).digest(secret).bytes)).toBe(false);
  });

  test("a digest is the HMAC-SHA-256 that everybody else makes, for texts of any length and script", () => {
    const key = Buffer.from(hkdfSync("sha256", first, Buffer.alloc(0), "mintmark/secret-digest/1", 32));
    const keyring = Keyring.of(first);
    for (const text of ["", "x", drawSecret(entropy, "mmt_").reveal(), "ä".repeat(33), "y".repeat(5_000)]) {
      const expected = createHmac("sha256", key).update(text).digest();
      expect(keyring.digest(new Secret(text)).bytes.equals(expected), text.slice(0, 5)).toBe(true);
    }
  });

  test("a digest made under the former master key is found under the new one", () => {
    const secret = drawSecret(entropy, "mmt_");
    const before = Keyring.of(first).digest(secret);
    const rotated = new Keyring({
      current: 2,
      keys: new Map([
        [1, first],
        [2, second],
      ]),
    });

    expect(rotated.digest(secret).keyVersion).toBe(2);
    expect(rotated.digests(secret).map(({ keyVersion }) => keyVersion)).toEqual([2, 1]);
    expect(rotated.digests(secret)[1]?.bytes.equals(before.bytes)).toBe(true);
  });

  test("what is sealed opens for the same context alone", () => {
    const keyring = Keyring.of(first);
    const sealed = keyring.seal(Buffer.from("clear text"), "credential/1", entropy);

    expect(sealed.includes("clear text")).toBe(false);
    expect(keyring.unseal(sealed, "credential/1").toString()).toBe("clear text");
    expect(() => keyring.unseal(sealed, "credential/2")).toThrow();
    expect(() => Keyring.of(second).unseal(sealed, "credential/1")).toThrow();
    const changed = Buffer.from(sealed);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(() => keyring.unseal(changed, "credential/1")).toThrow();
    expect(() => keyring.unseal(sealed.subarray(0, 20), "credential/1")).toThrow();
  });

  test("two seals of one text differ, and still open after the master key was rotated", () => {
    const one = Keyring.of(first);
    const sealed = one.seal(Buffer.from("x"), "c", entropy);
    const rotated = new Keyring({
      current: 2,
      keys: new Map([
        [1, first],
        [2, second],
      ]),
    });

    expect(sealed.equals(one.seal(Buffer.from("x"), "c", entropy))).toBe(false);
    expect(rotated.unseal(sealed, "c").toString()).toBe("x");
  });

  test("MACs of different purposes have nothing in common", () => {
    const keyring = Keyring.of(first);
    expect(keyring.mac("csrf", "1")).not.toBe(keyring.mac("device", "1"));
  });
});
