import type { Account } from "../account/account.ts";
import type { Origin } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { type Acceptance, acceptIdentity, SignInRefusal } from "./accept.ts";

/** The refusals that are about the link between a person and an account. */
const LINK_REASONS = ["no_username", "bad_username", "username_taken"];

/** The account of a person whom a provider vouches for. Refusals are audited. Throws `SignInRefusal`. */
export async function acceptPerson(
  context: HubContext,
  acceptance: Acceptance,
  origin: Origin,
): Promise<Account> {
  try {
    return await context.store.write((writes) => acceptIdentity(context, writes, acceptance), "large");
  } catch (error) {
    if (error instanceof SignInRefusal) {
      await auditRefusal(context, error.reason, acceptance, origin);
    }
    throw error;
  }
}

async function auditRefusal(
  { store }: HubContext,
  reason: string,
  { kind, identity }: Acceptance,
  { address, agent }: Origin,
): Promise<void> {
  const { subject, username } = identity;
  await store.write((writes) =>
    writes.audit.append({
      action: LINK_REASONS.includes(reason) ? "account.link_refused" : "session.refuse",
      actor: { id: null, name: "anonymous", address, agent },
      owner: null,
      credentialId: null,
      details: { reason, provider: kind, subject, username },
    }),
  );
}
