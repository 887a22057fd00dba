import type { TSchema } from "typebox";

/** The public description of a route of our own API; the OpenAPI document is built from these. */
export interface RouteDescription {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The names of the parameters of the query that must be given. */
  readonly required?: readonly string[];
  readonly body?: TSchema;
  readonly status: number;
  /** Absent: no body. */
  readonly answer?: TSchema;
  /**
   * The body of the 200 that `Prefer: return=representation` (RFC 7240) asks for, if the plain answer has no
   * body.
   */
  readonly representation?: TSchema;
  /** What `Accept: text/csv` brings in place of the answer, where it can. */
  readonly csv?: string;
  readonly refusals: readonly number[];
}
