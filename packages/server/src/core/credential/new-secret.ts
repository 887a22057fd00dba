import type { HubContext } from "../context.ts";
import { drawSecret, hintOf } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import type { Credential } from "./credential.ts";
import { KINDS } from "./kinds.ts";

/**
 * A new secret for the credential with this id, and what its record keeps of it. Tells the index to expect
 * it.
 */
export function drawSecretFor(
  context: HubContext,
  { id, kind }: Pick<Credential, "id" | "kind">,
): {
  readonly secret: Secret;
  readonly record: Pick<Credential, "hint" | "digest" | "digestKeyVersion" | "sealedSecret">;
} {
  const { mark, sealable } = KINDS[kind];
  const { entropy, keyring, policy, index } = context;
  const secret = drawSecret(entropy, mark);
  const digest = keyring.digest(secret);
  index.digests.addBeforeInsert(digest);
  const isKept = sealable && policy.appTokenReveal === "always";
  const sealedSecret = isKept
    ? keyring.seal(Buffer.from(secret.reveal()), sealingContext(id), entropy)
    : null;
  return {
    secret,
    record: { hint: hintOf(secret), digest: digest.bytes, digestKeyVersion: digest.keyVersion, sealedSecret },
  };
}

/** What binds a sealed copy to its credential: moved to another row it does not open. */
export function sealingContext(credentialId: string): string {
  return `credential/${credentialId}`;
}
