import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, type HubErrorCode, refusalTable } from "../../core/errors.ts";
import { keepReply, type RefusedRequest, type WireReply } from "../../http/dialect.ts";

/**
 * Four answers and no others: a proxy takes every other status for a broken verifier. A question that cannot
 * be read allows nothing.
 */
const STATUS = refusalTable<401 | 403 | 503>(
  {
    malformed: 403,
    too_large: 403,
    headers_too_large: 403,
    timeout: 403,
    media_type: 403,
    unauthenticated: 401,
    stale_login: 401,
    forbidden: 403,
    not_found: 403,
    method: 403,
    conflict: 403,
    throttled: 401,
    unavailable: 503,
    internal: 503,
  },
  {
    invalid_grant: 401,
    authorization_pending: 401,
    expired_code: 401,
  },
);

/** Unknown callers always get the same answer, and can come in any number. */
const plain = new Map<HubErrorCode, WireReply>();

/**
 * RFC 6750 §3. The reason for the end is told to a caller who presented the true secret; Caddy and Traefik
 * pass the body on to the client.
 */
export function refuse(error: HubError, _request: RefusedRequest, page: string): WireReply {
  if (error.ending) {
    return write(error, { detail: describeEnding(error.ending, "credential", page) });
  }
  if (error.explanation !== undefined) {
    return write(error, { detail: error.explanation });
  }
  const known = plain.get(error.code) ?? keepReply(write(error, {}));
  plain.set(error.code, known);
  return known;
}

function write({ code, message }: HubError, more: { readonly detail?: string }): WireReply {
  const status = STATUS[code];
  return {
    status,
    headers: challenge(code, status),
    contentType: "application/problem+json; charset=utf-8",
    body: JSON.stringify({ type: `urn:mintmark:error:${code}`, title: message, status, code, ...more }),
  };
}

function challenge(code: HubErrorCode, status: number): Record<string, string> {
  if (status === 401) {
    // §3.1: a request that showed nothing gets no error code.
    const reason = code === "unauthenticated" ? "" : ', error="invalid_token"';
    return { "www-authenticate": `Bearer realm="mintmark"${reason}` };
  }
  return code === "forbidden"
    ? { "www-authenticate": 'Bearer realm="mintmark", error="insufficient_scope"' }
    : {};
}
