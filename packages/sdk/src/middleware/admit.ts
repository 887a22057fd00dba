import { MintmarkError } from "../error.ts";
import { type AskedScope, readAsked } from "../verifier/asked.ts";
import type { Caller, Verdict, Verifier } from "../verifier/verifier.ts";

export interface Protection<Request> {
  /**
   * The scopes that callers must hold, or a function of the request that names them. Null: any active
   * credential passes, and the handler must check the caller's `scopes` itself.
   */
  readonly scope: AskedScope | null | ((request: Request) => AskedScope | null);
  /** Called with the reason why no verdict was possible, usually that the hub is unreachable; for the log. */
  readonly onFailure?: ((error: unknown, request: Request) => void) | undefined;
}

/** The answer to a request that may not pass. */
export interface Refusal {
  readonly status: 401 | 403 | 500 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Admission = { readonly caller: Caller } | { readonly refusal: Refusal };

/** Throws `TypeError` if there is no caller, so that a route without `protect` fails instead of serving. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (!caller) {
    throw new TypeError("the request has no caller: put protect in front of this route");
  }
  return caller;
}

/** Throws `TypeError` for an invalid scope: better at the start of the service than at each request. */
export function checkProtection<Request>({ scope }: Protection<Request>): void {
  if (typeof scope !== "function" && readAsked(scope) === null) {
    throw new TypeError("scope is none: it must be type:name:action, several of these, a function, or null");
  }
}

/**
 * Decides whether a request passes. Never throws; denies if the hub cannot be reached. Synchronous on a cache
 * hit.
 */
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

/** A failing log must neither admit a request nor end the process. */
function tell<Request>(onFailure: Protection<Request>["onFailure"], error: unknown, request: Request): void {
  try {
    onFailure?.(error, request);
  } catch {}
}

/** RFC 6750 §3. A request without credentials gets no error code; the scope is named only if it is valid. */
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

/** The fault is in the service's own code. */
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
