import type { TSchema } from "typebox";

/** What a route of our own API looks like from outside; the OpenAPI document is made of these. */
export interface RouteDescription {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: TSchema;
  readonly status: number;
  /** Absent: no body. */
  readonly answer?: TSchema;
  /** What `Prefer: return=representation` (RFC 7240) brings with a 200, where the plain answer has no body. */
  readonly representation?: TSchema;
  /** What `Accept: text/csv` brings in place of the answer, where it can. */
  readonly csv?: string;
  readonly refusals: readonly number[];
}
