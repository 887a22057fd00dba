import type { Policy } from "../context.ts";
import { certificateBase64 } from "./certificate.ts";
import type { SigningIdentity } from "./key-set.ts";
import { libtrustFingerprint } from "./libtrust.ts";

type RegistryHeader = { readonly kid: string; readonly x5c?: readonly string[] };

/**
 * Exporting a public key for its fingerprint costs more than the signature, so it is done once for each key
 * that is loaded.
 */
const HEADERS = new WeakMap<SigningIdentity, Readonly<Record<Policy["registryKid"], RegistryHeader>>>();

/**
 * The header of a registry token beyond `alg` and `typ`. The `kid` is a libtrust fingerprint for
 * docker-registry 2.8 and an RFC 7638 thumbprint for 3.x with a JWK set. Every generation of the registry
 * looks at `x5c` first and at `kid` only without it, so a token for a JWK set carries no certificate
 * (distribution 3.1, `VerifySigningKey`).
 */
export function registryHeader(key: SigningIdentity, style: Policy["registryKid"]): RegistryHeader {
  const known = HEADERS.get(key);
  if (known) {
    return known[style];
  }
  const { certificatePem, publicKey, thumbprint } = key;
  const x5c = certificatePem === null ? {} : { x5c: [certificateBase64(certificatePem)] };
  const headers = {
    libtrust: { kid: libtrustFingerprint(publicKey), ...x5c },
    rfc7638: { kid: thumbprint },
  };
  HEADERS.set(key, headers);
  return headers[style];
}
