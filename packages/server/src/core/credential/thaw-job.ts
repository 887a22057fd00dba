import { SYSTEM } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import type { Job, Piece } from "../jobs/job.ts";
import { thaw } from "./freeze.ts";
import { isFrozen } from "./state.ts";

const BATCH = 200;

/**
 * Writes down the thaws that the clock has brought, with an audit event each. Verification does not need it,
 * because it reads the clock.
 */
export function thawJob(context: HubContext): Job {
  const due = () => context.store.read.credentials.findThawsDue(context.clock.now(), BATCH);
  return {
    name: "thaw-credentials",
    everyMs: 5_000,
    hasWork: async () => (await due()).length > 0,
    run: async () => thawPiece(context, await due()),
  };
}

async function thawPiece(context: HubContext, due: readonly { readonly id: string }[]): Promise<Piece> {
  const done = await context.store.write(async (writes) => {
    let thawed = 0;
    for (const { id } of due) {
      const credential = await writes.credentials.findById(id);
      if (credential?.frozen && !credential.end && !isFrozen(credential, context.clock.now())) {
        await thaw(context, writes, credential, SYSTEM);
        thawed += 1;
      }
    }
    return thawed;
  }, "large");
  return { done, next: due.length < BATCH ? null : "more" };
}
