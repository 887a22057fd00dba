import { HubError } from "../errors.ts";
import { nextTurn } from "../turn.ts";
import { type AuditEvent, type ChainHead, findBreak, GENESIS_HASH } from "./events.ts";
import type { AuditReads } from "./ports.ts";

/** The result of checking the chain. */
export interface ChainCheck {
  readonly intact: boolean;
  /** The first event that is missing, out of place or altered; null if there is none. */
  readonly brokenAt: number | null;
  /** The last good event. Kept elsewhere, its hash proves later that nothing before it was changed. */
  readonly sequence: number;
  readonly hash: string;
  /** True when the walk came to the end; else go on after `sequence`. */
  readonly complete: boolean;
}

/** Few enough that reading and hashing them holds the loop for a few milliseconds. */
const BATCH = 200;

/**
 * Recomputes the hash chain of the audit log from the event after `after`, at most `limit` events. At the end
 * the stored head must match, so that events cut off at the end are noticed too. Throws `not_found` if
 * `after` is not an event, `store_unavailable`.
 */
export async function checkChain(
  audit: AuditReads,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ChainCheck> {
  // Read before the events: writes in between only make the chain longer.
  const end = await audit.head();
  let good = await headAt(audit, after);
  let checked = 0;
  for (;;) {
    const asked = Math.min(BATCH, limit - checked);
    const events = await audit.after(good.seq, asked);
    const brokenAt = findBreak(good, events);
    if (brokenAt !== null) {
      return report(brokenAt > good.seq + 1 ? headOf(events[brokenAt - good.seq - 2] as AuditEvent) : good, {
        brokenAt,
        complete: true,
      });
    }
    checked += events.length;
    good = headOf(events[events.length - 1]) ?? good;
    if (events.length < asked) {
      const isCut = good.seq < end.seq || (good.seq === end.seq && good.hash !== end.hash);
      return report(good, { brokenAt: isCut ? good.seq + 1 : null, complete: true });
    }
    if (checked === limit) {
      return report(good, { brokenAt: null, complete: false });
    }
    await nextTurn();
  }
}

function report(
  good: ChainHead,
  { brokenAt, complete }: { readonly brokenAt: number | null; readonly complete: boolean },
): ChainCheck {
  return { intact: brokenAt === null, brokenAt, complete, sequence: good.seq, hash: good.hash };
}

async function headAt(audit: AuditReads, seq: number): Promise<ChainHead> {
  if (seq === 0) {
    return { seq: 0, hash: GENESIS_HASH };
  }
  const [event] = await audit.after(seq - 1, 1);
  if (event?.seq !== seq) {
    throw new HubError("not_found");
  }
  return headOf(event);
}

function headOf(event: AuditEvent): ChainHead;
function headOf(event: AuditEvent | undefined): ChainHead | undefined;
function headOf(event: AuditEvent | undefined): ChainHead | undefined {
  return event && { seq: event.seq, hash: event.hash };
}
