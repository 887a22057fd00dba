/** What a pipeline reports about a request, for the log and the metrics. */
export interface RequestNotes {
  dialect: string;
  caller: string | null;
  refusal: string | null;
  detail: string | null;
  /** True for a route whose successes are counted and logged at `debug` only. */
  quiet: boolean;
}

/** The notes of a request that nothing is known of yet. */
export function blankNotes(dialect: string, quiet: boolean): RequestNotes {
  return { dialect, caller: null, refusal: null, detail: null, quiet };
}

/** An answer as the log and the metrics see it. */
export interface AnswerNote {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  readonly address: string | null;
  readonly agent: string | undefined;
  /** The request that a proxy asked about. */
  original(): string | null;
  readonly notes: RequestNotes;
}
