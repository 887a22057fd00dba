import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { ask } from "../looked.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import { auditCredential } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { readSecret } from "./presented.ts";
import { lookAtSecret } from "./verify.ts";

/**
 * The credential of a secret that somebody found, or why there is none. It counts as no use. Who asked about
 * which credential is audited before the caller gets it; the secret is not.
 */
export async function lookUpSecret(
  context: HubContext,
  secret: Secret,
  caller: Caller,
): Promise<Credential | "unknown" | "malformed"> {
  const verdict = await ask(lookAtSecret(context, readSecret(secret.reveal())));
  const { credential } = verdict;
  if (!credential) {
    return !verdict.active && verdict.reason === "unknown" ? "unknown" : "malformed";
  }
  await context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    await auditCredential(writes, credential, { action: "credential.lookup", actor: actorOf(caller) });
  });
  return credential;
}
