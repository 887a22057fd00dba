/** How long a revocation waits for other nodes at most, in milliseconds, counted from its commit. */
export const RECEIPT_BOUND_MS = 1_000;

/**
 * Which active nodes have applied every change that was committed before the question. A node that did not
 * answer within the bound has either applied them as well, or has not heard from the database since and does
 * not trust its cache. All times are of the asking node's clock.
 */
export interface Receipt {
  /** Every active node answered. */
  readonly complete: boolean;
  /** False where this node could not ask: then `nodes` are those it last knew of, and there may be others. */
  readonly asked: boolean;
  readonly tookMs: number;
  /** The node that asked comes first. */
  readonly nodes: readonly NodeReceipt[];
}

export interface NodeReceipt {
  readonly id: string;
  /** Host and process. */
  readonly name: string;
  /** When its answer was here, by the clock and since asking; null when it did not answer. */
  readonly applied: { readonly at: number; readonly afterMs: number } | null;
  /** Its last sign of life. */
  readonly lastSeenAt: number;
}
