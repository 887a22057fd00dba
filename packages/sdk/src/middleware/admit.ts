import { MintmarkError } from "../error.ts";
import { type AskedScope, readAsked } from "../verifier/asked.ts";
import type { Caller, Verdict, Verifier } from "../verifier/verifier.ts";

export interface Protection<Request> {
  /**
   * What callers must hold: scopes, or a function of the request that names them. Null: any live credential passes, and the handler must look
   * at the caller's `scopes` itself.
   */
  readonly scope: AskedScope | null | ((request: Request) => AskedScope | null);
  /** Told why nobody could be judged, as a rule that the hub is out of reach; for the log. */
  readonly onFailure?: ((error: unknown, request: Request) => void) | undefined;
}

/** What a request is answered that may not pass. */
export interface Refusal {
  readonly status: 401 | 403 | 500 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Admission = { readonly caller: Caller } | { readonly refusal: Refusal };

/** Throws `TypeError` for a scope that nobody could hold: better when the service starts than with each request. */
export function checkProtection<Request>({ scope }: Protection<Request>): void {
  if (typeof scope !== "function" && readAsked(scope) === null) {
    throw new TypeError("scope is none: it must be type:name:action, several of these, a function, or null");
  }
}

/** May this request pass? Never throws: where that cannot be known, it may not. No promise where nobody need be asked. */
export function admit<Request>(
  verifier: Verifier,
  { scope, onFailure }: Protection<Request>,
  request: Request,
  authorization: string | undefined,
): Admission | Promise<Admission> {
  const fail = (error: unknown): Admission => {
    tell(onFailure, error, request);
    return { refusal: error instanceof MintmarkError ? unavailable(error) : BROKEN };
  };
  try {
    const asked = typeof scope === "function" ? scope(request) : scope;
    const question = { scope: asked };
    const verdict = verifier.verifyFromMemory(authorization, question);
    return verdict
      ? admissionOf(verdict, asked)
      : verifier.verify(authorization, question).then((told) => admissionOf(told, asked), fail);
  } catch (error) {
    return fail(error);
  }
}

function admissionOf(verdict: Verdict, asked: AskedScope | null): Admission {
  return verdict.active ? { caller: verdict.caller } : { refusal: refuse(verdict, asked) };
}

/** A log that is broken itself must neither let anybody in nor end the process. */
function tell<Request>(onFailure: Protection<Request>["onFailure"], error: unknown, request: Request): void {
  try {
    onFailure?.(error, request);
  } catch {}
}

/** RFC 6750 §3. A request that showed nothing gets no error code; a scope is named only where it is one. */
function refuse(verdict: Exclude<Verdict, { active: true }>, asked: AskedScope | null): Refusal {
  switch (verdict.reason) {
    case "missing":
      return refusal(401, "unauthenticated", "Authentication is required.", CHALLENGE);
    case "malformed":
    case "inactive":
      return refusal(401, "credential_inactive", "The credential is not valid.", {
        "www-authenticate": `${CHALLENGE["www-authenticate"]}, error="invalid_token"`,
      });
    case "insufficient_scope": {
      const scope = readAsked(asked) === null ? "" : `, scope="${[asked].flat().join(" ")}"`;
      return refusal(403, "forbidden", "You are not allowed to do this.", {
        "www-authenticate": `${CHALLENGE["www-authenticate"]}, error="insufficient_scope"${scope}`,
      });
    }
  }
}

const CHALLENGE = { "www-authenticate": 'Bearer realm="mintmark"' };

function unavailable({ retryAfterSeconds = 1 }: MintmarkError): Refusal {
  return refusal(503, "unavailable", "Whether this may pass cannot be known now. Try again.", {
    "retry-after": String(retryAfterSeconds),
  });
}

/** What went wrong is in the service's own code. */
const BROKEN = refusal(500, "internal", "Something went wrong here.", {});

function refusal(
  status: Refusal["status"],
  code: string,
  title: string,
  headers: Readonly<Record<string, string>>,
): Refusal {
  return {
    status,
    headers: {
      ...headers,
      "content-type": "application/problem+json; charset=utf-8",
      "cache-control": "no-store",
    },
    body: JSON.stringify({ type: `urn:mintmark:error:${code}`, title, status, code }),
  };
}
