/** Where the two databases spell the same thing differently, or can do more. */
export interface SqlFlavour {
  /** The column type for bytes. */
  readonly bytes: string;
  /** The collation that compares text by code point. */
  readonly byCodePoint: string;
  /** How the n-th parameter of a statement is written, from 1, where nothing around it tells its type. */
  placeholder(position: number, type: string): string;
  /**
   * Several nodes may write: the head of the audit chain must be locked before a batch. SQLite has one writer
   * and nothing to lock.
   */
  readonly locksRows: boolean;
  /** A parameter may be an array, so that one statement takes any number of rows. */
  readonly takesArrays: boolean;
  /**
   * True if the database refused what a statement said, and the transaction is undone: the jobs that shared
   * it may be tried one by one.
   */
  isRefusal(error: unknown): boolean;
  /** True for the violation of a unique index. */
  isUniqueViolation(error: unknown): boolean;
  /** True for text that the database cannot store, such as a NUL. */
  isUnstorableText(error: unknown): boolean;
}
