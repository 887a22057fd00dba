import type { HubContext } from "./context.ts";
import type { MetricStream } from "./metric-stream.ts";
import type { StoreVitals } from "./store.ts";

/** The metrics of a node. */
export interface Vitals {
  readonly store: StoreVitals;
  readonly index: IndexVitals;
  /** How many credentials had their uses written at once, for each batch. */
  readonly usageBatches: MetricStream<number>;
}

interface IndexVitals {
  /** Credentials in memory. */
  readonly size: number;
  /** Verifications so far that the index answered, and those that asked the database. */
  readonly hits: number;
  readonly misses: number;
}

export function vitalsOf({ store, index, usage }: HubContext): Vitals {
  return { store: store.vitals, index, usageBatches: usage.batches };
}
