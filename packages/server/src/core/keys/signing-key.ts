/** The purpose of a key: realm tokens (by the policy), registry tokens (ES256), Zen tokens (RS256). */
export type KeyPurpose = "realm" | "registry" | "zen";

export type KeyState = "next" | "current" | "retired";

/**
 * The stored record of a signing key. The private part is sealed with the master key. Times are epoch
 * milliseconds.
 */
export interface SigningKeyRecord {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: "ES256" | "RS256";
  readonly state: KeyState;
  /** RFC 7638 thumbprint; the `kid` of the JWKS. */
  readonly thumbprint: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicPem: string;
  /** PKCS#8 DER, sealed. */
  readonly sealedPrivate: Buffer;
  /** A self-signed certificate, PEM, for verifiers that want one. */
  readonly certificatePem: string | null;
  readonly createdAt: number;
  readonly activatedAt: number | null;
  readonly retiredAt: number | null;
  /**
   * The longest lifetime of a token it has signed, so that it stays published until the last of them has
   * expired.
   */
  readonly longestTokenMs: number;
}
