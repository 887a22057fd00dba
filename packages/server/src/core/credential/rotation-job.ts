import { SYSTEM } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import type { Job, Piece } from "../jobs/job.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { auditEndByClock } from "./expire.ts";
import { lastUsedAt, presentEnd } from "./present-end.ts";
import { rotationCheckAt } from "./state.ts";

const BATCH = 200;
/** Longer than a use waits in the memory of any node, so that a use elsewhere is stored by then. */
const FLUSHED_MS = 6_000;

/**
 * Writes down what rotations have brought: the end of a predecessor by the clock or because nobody used it
 * for long enough, the end of a successor that nobody picked up, and, once, that a predecessor is in use
 * beyond its deadline.
 */
export function rotationJob(context: HubContext): Job {
  const due = () => context.store.read.credentials.findRotationsDue(context.clock.now(), BATCH);
  return {
    name: "watch-rotations",
    everyMs: 1_000,
    hasWork: async () => (await due()).length > 0,
    run: async () => {
      await context.usage.flush();
      return watchPiece(context, await due());
    },
  };
}

async function watchPiece(context: HubContext, due: readonly { readonly id: string }[]): Promise<Piece> {
  const done = await context.store.write(async (writes) => {
    let changed = 0;
    for (const { id } of due) {
      changed += (await watchOne(context, writes, id)) ? 1 : 0;
    }
    return changed;
  }, "large");
  return { done, next: due.length < BATCH || done === 0 ? null : "more" };
}

/** True if something was to be done. */
async function watchOne(context: HubContext, writes: Writes, id: string): Promise<boolean> {
  const credential = await writes.credentials.findById(id);
  if (!credential?.rotation || credential.end) {
    return false;
  }
  const now = context.clock.now();
  const end = await presentEnd(context, writes.credentials, credential);
  if (end) {
    return endRotated(context, writes, credential, { end, now });
  }
  const { rotation } = credential;
  if (rotation.role === "successor") {
    // Its predecessor has ended by the clock, so it stays, used or not.
    await writes.credentials.change(id, { rotation: { ...rotation, deadline: null } });
    writes.announce({ of: "credential", id });
    return true;
  }
  const used = lastUsedAt(context, credential);
  const isOverdue = rotation.deadline !== null && rotation.deadline <= now && !rotation.overdue;
  if (!isOverdue) {
    await writes.credentials.change(id, { rotationCheckAt: rotationCheckAt(rotation, used) });
    return false;
  }
  const next = { ...rotation, overdue: true };
  await writes.credentials.change(id, { rotation: next, rotationCheckAt: rotationCheckAt(next, used) });
  await auditChange(writes, credential, {
    action: "rotation.overdue",
    actor: SYSTEM,
    details: { successor: rotation.otherId, deadline: rotation.deadline, lastUsedAt: used },
  });
  return true;
}

/** In mode `quiet` the end waits until each of several nodes has written the uses that it holds in memory. */
async function endRotated(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  { end, now }: { readonly end: CredentialEnd; readonly now: number },
): Promise<boolean> {
  const isQuiet = end.reason === "rotated" && credential.rotation?.mode === "quiet";
  if (isQuiet && !context.store.isOnlyWriter && end.at + FLUSHED_MS > now) {
    await writes.credentials.change(credential.id, { rotationCheckAt: end.at + FLUSHED_MS });
    return false;
  }
  if (await endOne(writes, credential.id, end)) {
    await auditEndByClock(writes, credential, end);
  }
  return true;
}
