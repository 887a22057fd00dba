import { createHash, type KeyObject } from "node:crypto";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const FINGERPRINT_BYTES = 30;

/**
 * docker/libtrust `keyIDFromCryptoKey`: SHA-256 of the SubjectPublicKeyInfo, its first 240 bits in base32, in
 * twelve groups of four.
 */
export function libtrustFingerprint(publicKey: KeyObject): string {
  const info = publicKey.export({ type: "spki", format: "der" });
  const bits = createHash("sha256").update(info).digest().subarray(0, FINGERPRINT_BYTES);
  let text = "";
  for (let at = 0; at < FINGERPRINT_BYTES; at += 5) {
    const group = bits.readUIntBE(at, 5);
    for (let place = 7; place >= 0; place -= 1) {
      text += BASE32[Math.floor(group / 32 ** place) % 32];
    }
  }
  return (text.match(/.{4}/g) ?? []).join(":");
}
