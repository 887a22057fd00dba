import type { EndsSink } from "./ends/ends-recorder.ts";

/** How a store is opened. */
export interface OpenOptions {
  /**
   * A server may run on the same store: the schema is not changed, and opening fails if it is not this
   * program's.
   */
  readonly besideServer?: boolean;
  /** Where changes that take power away are written as well, before they are acknowledged. */
  readonly ends?: EndsSink | undefined;
}
