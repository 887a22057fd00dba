import type { EndsSink } from "./ends/ends-recorder.ts";

/** Stands for every version: a process that judges no secrets needs none. */
export const ANY_KEY = "*";

/** How a store is opened. */
export interface OpenOptions {
  /**
   * A server may run on the same store: the schema is not changed, and opening fails if it is not this
   * program's.
   */
  readonly besideServer?: boolean;
  /** Where changes that take power away are written as well, before they are acknowledged. */
  readonly ends?: EndsSink | undefined;
  /** Told of damage that is found in the database file while it is served. SQLite only. */
  readonly onDamage?: (error: Error) => void;
  /** The size from which long reads and large writes of SQLite are made in threads. */
  readonly largeFromBytes?: number;
  /**
   * The versions of the master key that this node has at hand, separated by commas; told to the other nodes.
   */
  readonly keyVersions?: () => string;
}
