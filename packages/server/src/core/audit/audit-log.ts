import type { HubContext } from "../context.ts";
import { type ChainCheck, checkChain } from "./check.ts";
import type { AuditEvent } from "./events.ts";
import { type AuditGap, findGaps } from "./gaps.ts";
import type { AuditFilter } from "./ports.ts";

/** A search by text looks at so many events of the rest of the filter, and says where to go on. */
const SEARCHED_MAX = 20_000;

export interface AuditPage {
  readonly events: readonly AuditEvent[];
  /** The sequence before which to go on; null at the end of the log. */
  readonly next: number | null;
}

/** Reads the audit log. Whether the caller may is decided before; only the verbs of the hub write to it. */
export class AuditLog {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Newest first. */
  list(filter: AuditFilter): Promise<readonly AuditEvent[]> {
    return this.#context.store.read.audit.list(filter);
  }

  /**
   * Newest first. A search by text may find less than a page, or nothing, and still have a `next`: it then
   * goes on with older events.
   */
  async page(filter: AuditFilter): Promise<AuditPage> {
    const { audit } = this.#context.store.read;
    const from = await this.#searchedFrom(filter);
    const found = await audit.page({ ...filter, from: from ?? undefined, limit: filter.limit + 1 });
    const events = found.events.slice(0, filter.limit);
    const last = events.at(-1);
    const hasMore = found.isCut || found.events.length > filter.limit;
    return { events, next: hasMore && last ? last.seq : from };
  }

  /** How many events the filter finds, counted up to its limit; `complete` is false if there may be more. */
  async count(filter: AuditFilter): Promise<{ readonly count: number; readonly complete: boolean }> {
    const { limit } = filter;
    const from = await this.#searchedFrom(filter);
    const count = await this.#context.store.read.audit.count({
      ...filter,
      from: from ?? undefined,
      limit: limit + 1,
    });
    return { count: Math.min(count, limit), complete: count <= limit && from === null };
  }

  /** The oldest event that a search by text looks at; null if it looks at all of them. */
  async #searchedFrom({ text, ...rest }: AuditFilter): Promise<number | null> {
    return text === undefined ? null : this.#context.store.read.audit.depth({ ...rest, limit: SEARCHED_MAX });
  }

  /** Verifies the hash chain after an event. Throws `not_found` if `after` is not an event. */
  check(range: { readonly after: number; readonly limit: number }): Promise<ChainCheck> {
    const { auditMac, store } = this.#context;
    return checkChain(store.read.audit, auditMac, range);
  }

  /** Where restores from a backup have lost events, newest first. */
  gaps(): Promise<readonly AuditGap[]> {
    return findGaps(this.#context.store.read.audit);
  }
}
