import { readFileSync } from "node:fs";

/**
 * A request that clients of another system make, with what that system answers and what the hub answers.
 * `dialects/<name>/original.json` holds the rows; the dialect's README shows them (`npm run generate`).
 *
 * An answer is a status and conditions on the JSON body, parted by commas: `200 meta.count=2, data.0.name=x`.
 * `field` alone is there, `!field` is not, `field~words` contains the words, `header.name` is a header,
 * `body~words` looks at the body's text. Words in braces are filled in by the test.
 */
export interface OriginalRow {
  /** What is special about the request, where the request line does not show it. */
  readonly what?: string;
  readonly request: string;
  /** The `Authorization` header. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: string;
  readonly json?: unknown;
  readonly original: string;
  /** Left out where the hub answers as the original does. */
  readonly here?: string;
  /** Why the hub answers otherwise; needed with `here`. */
  readonly because?: string;
}

/** Reads the rows of one dialect. */
export function readOriginalRows(dialect: string): readonly OriginalRow[] {
  const file = new URL(`../dialects/${dialect}/original.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as readonly OriginalRow[];
}
