import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { Writes } from "../store.ts";
import type { Credential } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { presentEnd } from "./present-end.ts";
import { rotationFacts } from "./rotation-plan.ts";
import { isFrozen } from "./state.ts";

/**
 * Makes room for a new credential in its slot, and returns it as it is to be inserted. What the slot held
 * ends now; with an overlap in the options the newest of it becomes the predecessor of a timed rotation
 * instead. Throws `credential_frozen` for what an administrator or the system froze.
 */
export async function takeSlot(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  generations: readonly Credential[],
): Promise<Credential> {
  const now = credential.createdAt;
  let made = credential;
  for (const [index, former] of generations.entries()) {
    const passed = await presentEnd(context, writes.credentials, former);
    const isInUse = passed === null && !isFrozen(former, now);
    if (passed === null && isFrozen(former, now) && former.frozen?.class !== "owner") {
      throw new HubError("credential_frozen");
    }
    if (index === 0 && isInUse && context.policy.replaceOverlapMs > 0) {
      made = await overlap(context, writes, { former, credential });
    } else {
      await endOne(writes, former.id, passed ?? { at: now, reason: "replaced", note: null });
    }
  }
  return made;
}

/** Gives the former one a while longer, as the predecessor of the new one. */
async function overlap(
  { policy }: HubContext,
  writes: Writes,
  { former, credential }: { readonly former: Credential; readonly credential: Credential },
): Promise<Credential> {
  const plan = { mode: "timed", forMs: policy.replaceOverlapMs } as const;
  const group = former.rotation?.group ?? former.id;
  const facts = rotationFacts(plan, { group, at: credential.createdAt });
  await writes.credentials.change(former.id, {
    rotation: { ...facts, role: "predecessor", otherId: credential.id },
  });
  writes.announce({ of: "credential", id: former.id });
  return {
    ...credential,
    generation: former.generation + 1,
    rotation: { ...facts, role: "successor", otherId: former.id },
  };
}
