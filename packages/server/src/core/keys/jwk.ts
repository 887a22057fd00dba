import { createHash, type KeyObject } from "node:crypto";

/** A public key as RFC 7517 writes it. */
export type PublicJwk = Readonly<Record<string, string>>;

/** RFC 7638 §3.2: the members that make up the key, in the order that the thumbprint takes them. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
};

/** The bare public key: the required members for its type and nothing else. */
export function publicJwk(publicKey: KeyObject): PublicJwk {
  const exported = publicKey.export({ format: "jwk" });
  const members = MEMBERS[exported.kty ?? ""] ?? [];
  return Object.fromEntries(members.map((name) => [name, String(exported[name])]));
}

/** RFC 7638 with SHA-256, base64url. */
export function jwkThumbprint(jwk: PublicJwk): string {
  return createHash("sha256").update(JSON.stringify(jwk)).digest("base64url");
}

/**
 * Registry 3 computes EC thumbprints from coordinates without their leading zeros (distribution 3.x), so that
 * a key with such a coordinate, 1 in 128, has another `kid` there than by RFC 7638.
 */
export function hasShortCoordinate(jwk: PublicJwk): boolean {
  return [jwk["x"], jwk["y"]].some((coordinate) => Buffer.from(coordinate ?? "", "base64url")[0] === 0);
}
