import { createSign, type KeyObject, sign, verify } from "node:crypto";
import { type Looked, Undecided } from "../looked.ts";
import type { SigningKeyRecord } from "./signing-key.ts";

/** Our own signed tokens, RFC 7515 in its compact form, with one fixed algorithm per key. */
type Algorithm = SigningKeyRecord["algorithm"];

export type JwtPart = Readonly<Record<string, unknown>>;

/** A parsed token. Nothing in it may be believed before its signature is verified. */
export interface ParsedJwt {
  readonly header: JwtPart;
  readonly claims: JwtPart;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/**
 * Longer than any token that the hub signs, and short enough that parsing costs no more than sending.
 * @internal exported for tests
 */
export const JWT_LENGTH_MAX = 8_192;

/**
 * RS256 with 2048 bits; ES256 as r and s of 32 bytes each (RFC 7518 §3.4), not the DER that OpenSSL makes by
 * default.
 */
const SIGNATURE_BYTES: Record<Algorithm, number> = { ES256: 64, RS256: 256 };

/**
 * Signs parts that `encodePart` has encoded. A signature by P-256 takes some twenty microseconds and is made
 * at once; one by RSA takes about a millisecond and is made off the event loop.
 */
export function signJwt(privateKey: KeyObject, header: string, claims: string): Looked<string> {
  const signingInput = `${header}.${claims}`;
  if (privateKey.asymmetricKeyType === "rsa") {
    return new Undecided(async () => {
      const signature = await signAside(Buffer.from(signingInput, "latin1"), privateKey);
      return `${signingInput}.${signature.toString("base64url")}`;
    });
  }
  // Takes and gives text, which spares two Buffers that the one-shot `sign` needs.
  const signature = createSign("sha256")
    .update(signingInput, "latin1")
    .sign({ key: privateKey, dsaEncoding: "ieee-p1363" }, "base64url");
  return `${signingInput}.${signature}`;
}

function signAside(bytes: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign("sha256", bytes, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/**
 * Takes a compact JWT apart, or null for anything else. Refuses `crit`: we understand no extension (RFC 7515
 * §4.1.11).
 */
export function parseJwt(text: string): ParsedJwt | null {
  if (typeof text !== "string" || text.length > JWT_LENGTH_MAX) {
    return null;
  }
  const parts = text.split(".");
  const [headerText, claimsText, signatureText] = parts;
  if (parts.length !== 3 || !headerText || !claimsText || !signatureText) {
    return null;
  }
  const header = decodePart(headerText);
  const claims = decodePart(claimsText);
  const signature = decodeStrictly(signatureText);
  if (!header || !claims || !signature || Object.hasOwn(header, "crit")) {
    return null;
  }
  return { header, claims, signature, signingInput: `${headerText}.${claimsText}` };
}

/** True if this key signed it. The algorithm is the key's; the header may only agree with it. */
export function isSignedBy(
  jwt: ParsedJwt,
  key: { readonly publicKey: KeyObject; readonly algorithm: Algorithm },
): boolean {
  return (
    jwt.header["alg"] === key.algorithm &&
    jwt.signature.length === SIGNATURE_BYTES[key.algorithm] &&
    verify(
      "sha256",
      Buffer.from(jwt.signingInput),
      { key: key.publicKey, dsaEncoding: "ieee-p1363" },
      jwt.signature,
    )
  );
}

/** RFC 7519 §4.1.4–6 in whole seconds and without leeway: `exp` must be there, `nbf` and `iat` may. */
export function isInTime(claims: JwtPart, nowMs: number): boolean {
  const { exp, nbf, iat } = claims as { exp?: unknown; nbf?: unknown; iat?: unknown };
  return isNumericDate(exp) && nowMs < exp * 1000 && hasCome(nbf, nowMs) && hasCome(iat, nowMs);
}

export function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function hasCome(value: unknown, nowMs: number): boolean {
  return value === undefined || (isNumericDate(value) && value * 1000 <= nowMs);
}

/** A part of a token as it is sent: JSON in base64url. */
export function encodePart(part: JwtPart): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function decodePart(text: string): JwtPart | null {
  const bytes = decodeStrictly(text);
  if (!bytes) {
    return null;
  }
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JwtPart) : null;
  } catch {
    return null;
  }
}

/**
 * Node reads base64url generously (padding, the other alphabet, stray bits): one token must have one
 * spelling.
 */
function decodeStrictly(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}
