/** Options of one call. */
export interface CallOptions {
  /** Ends the call early; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the client's own. */
  readonly timeoutMs?: number | undefined;
  /**
   * For an operation that answers with nothing: asks for its answer in full (RFC 7240,
   * `return=representation`).
   */
  readonly prefer?: "representation" | undefined;
}

/** One call of the API, before it is sent. */
export interface OperationCall {
  readonly method: string;
  /** From the API's root, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}
