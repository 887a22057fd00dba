import { HubError } from "../errors.ts";
import { nextTurn } from "../turn.ts";
import {
  type AuditEvent,
  type AuditMac,
  type ChainHead,
  follows,
  GENESIS_HASH,
  hashKindOf,
} from "./events.ts";
import type { AuditReads } from "./ports.ts";

/** The result of checking the chain. */
export interface ChainCheck {
  readonly intact: boolean;
  /** The first event that is missing, out of place or altered; null if there is none. */
  readonly brokenAt: number | null;
  /** The last good event. Kept elsewhere, its hash proves later that nothing before it was changed. */
  readonly sequence: number;
  readonly hash: string;
  /** The first event with a keyed hash, if this walk came by it. It never moves. */
  readonly keyedFrom: number | null;
  /** True when the walk came to the end; else go on after `sequence`. */
  readonly complete: boolean;
}

/** Few enough that reading and hashing them holds the loop for a few milliseconds. */
const BATCH = 50;

/**
 * Recomputes the hash chain of the audit log from the event after `after`, at most `limit` events. The hashes
 * are keyed; events of versions before the key are accepted only as the beginning of the log, up to the event
 * that seals them. At the end the stored head must match, so that events cut off at the end are noticed too.
 * Throws `not_found` if `after` is not an event, `store_unavailable`.
 */
export async function checkChain(
  audit: AuditReads,
  mac: AuditMac,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ChainCheck> {
  // Read before the events: writes in between only make the chain longer.
  const end = await audit.head();
  const walk = await beginAfter(audit, mac, after);
  let checked = 0;
  for (;;) {
    const events = await audit.after(walk.good.seq, Math.min(BATCH, limit - checked));
    if (events.some((event) => !walk.accepts(event))) {
      return walk.report({ brokenAt: walk.good.seq + 1, complete: true });
    }
    checked += events.length;
    if (events.length === 0) {
      return walk.report({ brokenAt: walk.breakAtEnd(end), complete: true });
    }
    if (checked === limit) {
      return walk.report({ brokenAt: null, complete: false });
    }
    await nextTurn();
  }
}

class Walk {
  readonly #mac: AuditMac;
  #isKeyed: boolean;
  #keyedFrom: number | null = null;
  /** The last good event. */
  good: ChainHead;

  constructor(mac: AuditMac, good: ChainHead, isKeyed: boolean) {
    this.#mac = mac;
    this.good = good;
    this.#isKeyed = isKeyed;
  }

  /** False if the event is not as it was written, or not where it was written. */
  accepts(event: AuditEvent): boolean {
    const kind = hashKindOf(event, this.#mac);
    if (!follows(this.good, event) || kind === null || (kind === "plain" && this.#isKeyed)) {
      return false;
    }
    if (kind === "keyed" && !this.#isKeyed) {
      if (event.seq > 1 && event.action !== "audit.seal") {
        return false;
      }
      this.#isKeyed = true;
      this.#keyedFrom = event.seq;
    }
    this.good = { seq: event.seq, hash: event.hash };
    return true;
  }

  /** Where the log breaks at its end: events are missing, or the last one has no key. */
  breakAtEnd(end: ChainHead): number | null {
    const { seq, hash } = this.good;
    if (seq < end.seq || (seq === end.seq && hash !== end.hash)) {
      return seq + 1;
    }
    return this.#isKeyed || seq === 0 ? null : seq;
  }

  report({
    brokenAt,
    complete,
  }: {
    readonly brokenAt: number | null;
    readonly complete: boolean;
  }): ChainCheck {
    const { seq, hash } = this.good;
    const keyedFrom = this.#keyedFrom;
    return { intact: brokenAt === null, brokenAt, complete, sequence: seq, hash, keyedFrom };
  }
}

async function beginAfter(audit: AuditReads, mac: AuditMac, seq: number): Promise<Walk> {
  if (seq === 0) {
    return new Walk(mac, { seq: 0, hash: GENESIS_HASH }, false);
  }
  const [event] = await audit.after(seq - 1, 1);
  if (event?.seq !== seq) {
    throw new HubError("not_found");
  }
  return new Walk(mac, { seq, hash: event.hash }, hashKindOf(event, mac) !== "plain");
}
