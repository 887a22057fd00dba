import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import type { Credential } from "./credential.ts";
import { sealingContext } from "./new-secret.ts";

/** True if the secret can be read again: the operator opted in before it was created. */
export function isReadable(context: HubContext, credential: Credential): boolean {
  return context.policy.appTokenReveal === "always" && credential.sealedSecret !== null;
}

/**
 * Unseals the secret once more; it is audited before the caller gets it. The right of the caller and a recent
 * log-in are checked before. Throws `not_found` if there is no copy or the credential has ended meanwhile.
 */
export async function revealSecret(
  context: HubContext,
  credential: Credential,
  caller: Caller,
): Promise<Secret> {
  return context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const present = await writes.credentials.findById(credential.id);
    if (!present?.sealedSecret || present.end || !isReadable(context, present)) {
      throw new HubError("not_found");
    }
    const owner = await writes.accounts.findById(present.ownerId);
    await writes.audit.append({
      action: "credential.reveal",
      actor: actorOf(caller),
      owner: owner ? ownerOf(owner) : null,
      credentialId: present.id,
      details: { kind: present.kind, hint: present.hint, title: present.title },
    });
    const plain = context.keyring.unseal(present.sealedSecret, sealingContext(present.id));
    const secret = new Secret(plain.toString("latin1"));
    plain.fill(0);
    return secret;
  });
}
