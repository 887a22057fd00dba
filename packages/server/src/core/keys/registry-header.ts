import type { Policy } from "../context.ts";
import { certificateBase64 } from "./certificate.ts";
import type { SigningIdentity } from "./key-set.ts";
import { libtrustFingerprint } from "./libtrust.ts";

interface Names {
  readonly libtrust: string;
  readonly x5c: readonly string[] | null;
}

/**
 * Exporting a public key for its fingerprint costs more than the signature, so it is done once for each key
 * that is loaded.
 */
const NAMES = new WeakMap<SigningIdentity, Names>();

function namesOf(key: SigningIdentity): Names {
  const known = NAMES.get(key);
  if (known) {
    return known;
  }
  const names = {
    libtrust: libtrustFingerprint(key.publicKey),
    x5c: key.certificatePem === null ? null : [certificateBase64(key.certificatePem)],
  };
  NAMES.set(key, names);
  return names;
}

/**
 * The header of a registry token beyond `alg` and `typ`. The `kid` is a libtrust fingerprint for
 * docker-registry 2.8 and an RFC 7638 thumbprint for 3.x with a JWK set. Every generation of the registry
 * looks at `x5c` first and at `kid` only without it, so a token for a JWK set carries no certificate
 * (distribution 3.1, `VerifySigningKey`).
 */
export function registryHeader(
  key: SigningIdentity,
  style: Policy["registryKid"],
): { readonly kid: string; readonly x5c?: readonly string[] } {
  const { libtrust, x5c } = namesOf(key);
  return style === "libtrust" ? { kid: libtrust, ...(x5c === null ? {} : { x5c }) } : { kid: key.thumbprint };
}
