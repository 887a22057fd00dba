import type { HubContext } from "../context.ts";
import { type ChainCheck, checkChain } from "./check.ts";
import type { AuditEvent } from "./events.ts";
import { type AuditGap, findGaps } from "./gaps.ts";
import type { AuditFilter } from "./ports.ts";

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
