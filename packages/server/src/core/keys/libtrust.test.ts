import { createHash, createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { libtrustFingerprint } from "./libtrust.ts";

/** The P-256 key of RFC 7515 appendix A.3. */
const publicKey = createPublicKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  },
});

test("a libtrust fingerprint is twelve groups of four in base32", () => {
  expect(libtrustFingerprint(publicKey)).toMatch(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
});

test("a libtrust fingerprint holds the first 240 bits of the key's SHA-256", () => {
  const digest = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
  const wanted = [...digest.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const letters = [...libtrustFingerprint(publicKey).replaceAll(":", "")];
  expect(letters.map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("")).toBe(
    wanted,
  );
});
