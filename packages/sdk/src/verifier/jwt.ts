import { type KeyObject, verify } from "node:crypto";

export type JwtPart = Readonly<Record<string, unknown>>;

/** A parsed JWT. Nothing in it may be believed before its signature is verified. */
export interface ParsedJwt {
  readonly header: JwtPart;
  readonly claims: JwtPart;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** A public key and the one algorithm that its type allows, whatever a header says. */
export interface VerifyingKey {
  readonly publicKey: KeyObject;
  readonly algorithm: "ES256" | "RS256";
  /** Which side of the hub signs with it; null for a side whose bearers are not read here. */
  readonly purpose: "realm" | "zen" | null;
}

/** No bearer of the hub is longer. */
export const JWT_LENGTH_MAX = 8_192;

/**
 * RFC 7515 in its compact form; null for anything else. Refuses `crit`: no extension is understood here
 * (§4.1.11).
 */
export function parseJwt(text: string): ParsedJwt | null {
  const parts = text.length > JWT_LENGTH_MAX ? [] : text.split(".");
  const [headerText = "", claimsText = "", signatureText = ""] = parts;
  const header = decodePart(headerText);
  const claims = decodePart(claimsText);
  const signature = decodeStrictly(signatureText);
  if (parts.length !== 3 || !header || !claims || !signature || Object.hasOwn(header, "crit")) {
    return null;
  }
  return { header, claims, signature, signingInput: `${headerText}.${claimsText}` };
}

/** True if this key signed it. The header may only agree with the key's own algorithm. */
export function isSignedBy(jwt: ParsedJwt, { publicKey, algorithm }: VerifyingKey): boolean {
  // RFC 7518 §3.4: r and s of 32 bytes each, not the DER that OpenSSL makes by default.
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return (
    jwt.header["alg"] === algorithm && verify("sha256", Buffer.from(jwt.signingInput), key, jwt.signature)
  );
}

function decodePart(text: string): JwtPart | null {
  const bytes = decodeStrictly(text);
  try {
    const value: unknown = JSON.parse(bytes?.toString("utf8") ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JwtPart) : null;
  } catch {
    return null;
  }
}

/**
 * Node reads base64url generously (padding, the other alphabet, stray bits): one bearer must have one
 * spelling.
 */
function decodeStrictly(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}
