import type { Policy } from "../context.ts";
import { certificateBase64 } from "./certificate.ts";
import type { SigningIdentity } from "./key-set.ts";
import { libtrustFingerprint } from "./libtrust.ts";

/**
 * The header of a registry token beyond `alg` and `typ`. Every generation of the registry tries `x5c` first; the `kid` is a libtrust
 * fingerprint for docker-registry 2.8 and an RFC 7638 thumbprint for 3.x.
 */
export function registryHeader(
  key: SigningIdentity,
  style: Policy["registryKid"],
): { readonly kid: string; readonly x5c?: readonly string[] } {
  return {
    kid: style === "libtrust" ? libtrustFingerprint(key.publicKey) : key.thumbprint,
    ...(key.certificatePem === null ? {} : { x5c: [certificateBase64(key.certificatePem)] }),
  };
}
