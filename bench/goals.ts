/** A goal for speed: the line of the table that must exist, and how good it must be. */
export interface Goal {
  /** The claim's file, without its ending. */
  readonly claim: string;
  /** The line, as the claim calls it. */
  readonly what: string;
  /** The line of the same claim that it is measured next to; null where the value itself is promised. */
  readonly beside: string | null;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export const GOALS: readonly Goal[] = [
  { claim: "verify-http", what: "GET /verify", beside: "bare node:http, GET", atLeast: 0.75 },
  { claim: "verify-http", what: "GET /verify, unknown secrets", beside: "GET /verify", atLeast: 1 },
  { claim: "verify-http", what: "GET /verify, garbage", beside: "GET /verify", atLeast: 1 },
  { claim: "verify-http", what: "POST /oauth/introspect", beside: "bare node:http, POST", atLeast: 0.8 },
  {
    claim: "verify-http",
    what: "POST /oauth/introspect, unknown secrets",
    beside: "POST /oauth/introspect",
    atLeast: 1,
  },
  {
    claim: "verify-http",
    what: "POST /oauth/introspect, garbage",
    beside: "POST /oauth/introspect",
    atLeast: 1,
  },
  {
    claim: "refresh",
    what: "1,000 tokens in turn",
    beside: "bare node:http, one ES256 each",
    atLeast: 0.9,
  },
  {
    claim: "refresh",
    what: "1,000 tokens in turn, RS256",
    beside: "bare node:http, one RS256 each",
    atLeast: 0.9,
  },
  { claim: "registry-auth", what: "log-in", beside: "bare node:http, one ES256 each", atLeast: 0.9 },
  { claim: "registry-auth", what: "one scope", beside: "bare node:http, one ES256 each", atLeast: 0.9 },
  { claim: "better-auth", what: "GET /verify", beside: "Better Auth, keys in SQLite", atLeast: 15 },
  { claim: "oidc-provider", what: "introspection", beside: "oidc-provider, introspection", atLeast: 5 },
  // Both sign the same kind of token; its opaque tokens take no signature and have a line without a goal.
  {
    claim: "oidc-provider",
    what: "refresh, JWT ES256",
    beside: "oidc-provider, refresh, JWT ES256",
    atLeast: 3,
  },
  {
    claim: "million",
    what: "verify, 1,000,000 stored, 1,000 of them",
    beside: "verify, 1,000 stored",
    atLeast: 0.95,
  },
  { claim: "million", what: "start, 1,000,000 stored", beside: "start, 1,000 stored", atMost: 1.5 },
  {
    claim: "million",
    what: "verify, 1,000,000 stored, any of them",
    beside: "verify, 1,000 stored",
    atLeast: 0.9,
  },
  { claim: "million", what: "memory for 1,000,000 in the index", beside: null, atMost: 300 },
  { claim: "ten-million", what: "start, 10,000,000 stored", beside: "start, 1,000 stored", atMost: 2 },
  {
    claim: "ten-million",
    what: "start after kill -9, 10,000,000 stored",
    beside: "start, 1,000 stored",
    atMost: 3,
  },
  {
    claim: "issue",
    what: "SQLite: issue, 32 clients",
    beside: "SQLite: raw durable commits, one row each",
    atLeast: 1,
  },
  // Measured as clients see it: over HTTP, and not all requests in one turn of the event loop.
  {
    claim: "issue",
    what: "SQLite: issue over HTTP, 32 connections",
    beside: "SQLite: raw durable commits, one row each",
    atLeast: 1,
  },
  {
    claim: "issue",
    what: "PostgreSQL: issue, one client",
    beside: "PostgreSQL: raw durable commits, one row each",
    atLeast: 0.25,
  },
  {
    claim: "issue",
    what: "PostgreSQL: issue, 32 clients",
    beside: "PostgreSQL: raw durable commits, one row each",
    atLeast: 2,
  },
  {
    claim: "issue",
    what: "PostgreSQL: issue, 32 clients on each of 3 nodes",
    beside: "PostgreSQL: raw durable commits, one row each",
    atLeast: 2,
  },
  {
    claim: "issue",
    what: "PostgreSQL: issue and revoke, 32 clients",
    beside: "PostgreSQL: raw durable commits, one row each",
    atLeast: 1,
  },
  { claim: "stalls", what: "longest work: any of these", beside: null, atMost: 20 },
  // The promised bound: no node accepts what another node has ended more than a second ago.
  { claim: "revocation", what: "acknowledged → refused, worst", beside: null, atMost: 1_000 },
];

/** The goals of a line; a line may be measured next to several others. */
export function goalsOf(claim: string, what: string): readonly Goal[] {
  return GOALS.filter((goal) => goal.claim === claim && goal.what === what);
}

/** `≥ 0.80`, `≤ 1.50`; `unit` where the value itself is promised. */
export function formatGoal({ beside, atLeast, atMost }: Goal, unit = ""): string {
  const bound = atLeast ?? atMost ?? 0;
  const text = beside === null ? `${bound.toLocaleString("en")} ${unit}` : bound.toFixed(2);
  return `${atLeast === undefined ? "≤" : "≥"} ${text.trim()}`;
}

export function isMet({ atLeast, atMost }: Goal, reached: number): boolean {
  return reached >= (atLeast ?? Number.NEGATIVE_INFINITY) && reached <= (atMost ?? Number.POSITIVE_INFINITY);
}
