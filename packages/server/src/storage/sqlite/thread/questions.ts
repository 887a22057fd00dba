/** What a database thread is opened on. */
export interface ThreadFile {
  readonly path: string;
  /** A thread for long reads refuses every statement that writes. */
  readonly access: "read" | "write";
}

/** One thing that the thread is asked to do; answers come in the order of the questions. */
export type Question =
  | { readonly do: "query"; readonly sql: string; readonly parameters: readonly unknown[] }
  /** Moves what the log holds into the database file, as far as readers allow. */
  | { readonly do: "checkpoint" };

export interface QueryAnswer {
  readonly rows: unknown[];
  readonly changes: number | bigint | null;
}

export interface CheckpointAnswer {
  /** Pages in the log. */
  readonly logged: number;
  /** How many of them are in the database file now. */
  readonly moved: number;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly fault: { readonly message: string; readonly code?: string; readonly errcode?: number };
    };
