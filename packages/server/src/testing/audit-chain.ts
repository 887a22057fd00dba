import { type AuditEvent, type ChainHead, follows, GENESIS_HASH, hashKindOf } from "../core/audit/events.ts";

/** The head before the first event. */
export const GENESIS: ChainHead = { seq: 0, hash: GENESIS_HASH };

/**
 * The first place where a chain of events without a key is broken, or null. The events ascend and begin after
 * `head`.
 */
export function findBreak(head: ChainHead, events: Iterable<AuditEvent>): number | null {
  let { seq, hash } = head;
  for (const event of events) {
    if (!follows({ seq, hash }, event) || hashKindOf(event, () => "no such hash") !== "plain") {
      return seq + 1;
    }
    ({ seq, hash } = event);
  }
  return null;
}
