import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, refusalTable } from "../../core/errors.ts";
import type { RefusedRequest, WireReply } from "../../http/dialect.ts";

/** Our own API answers with problem details (RFC 9457); `code` is the hub's own and stable. */
const STATUS = refusalTable<number>(
  {
    malformed: 400,
    too_large: 413,
    headers_too_large: 431,
    timeout: 408,
    media_type: 415,
    unauthenticated: 401,
    stale_login: 401,
    forbidden: 403,
    not_found: 404,
    method: 405,
    conflict: 409,
    throttled: 429,
    unavailable: 503,
    internal: 500,
  },
  {
    precondition_failed: 412,
    unauthorized_client: 400,
    slow_down: 400,
    mail_refused: 502,
  },
);

/** Facts come first, so that none of them can replace a member of RFC 9457. */
export function refuse(error: HubError, request: RefusedRequest): WireReply {
  const status = STATUS[error.code];
  const detail = error.ending ? describeEnding(error.ending, "credential", "the console") : error.explanation;
  return {
    status,
    contentType: "application/problem+json; charset=utf-8",
    headers: status === 401 ? { "www-authenticate": 'Bearer realm="mintmark"' } : {},
    body: {
      ...error.facts,
      type: `urn:mintmark:error:${error.code}`,
      title: error.message,
      status,
      code: error.code,
      ...(detail === undefined ? {} : { detail }),
      ...(error.field === undefined ? {} : { field: error.field }),
      requestId: request.id,
    },
  };
}
