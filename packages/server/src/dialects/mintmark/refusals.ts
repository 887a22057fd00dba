import type { HubError, HubErrorCode } from "../../core/errors.ts";
import type { RefusedRequest, WireReply } from "../../http/dialect.ts";

/** Our own API answers with problem details (RFC 9457); `code` is the hub's own and stable. */
const STATUS: Record<HubErrorCode, number> = {
  malformed_request: 400,
  unknown_field: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthenticated: 401,
  invalid_login: 401,
  credential_inactive: 401,
  too_many_attempts: 429,
  csrf_failed: 403,
  fresh_login_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  user_exists: 409,
  namespace_taken: 409,
  instance_exists: 409,
  client_exists: 409,
  last_administrator: 409,
  beyond_policy: 400,
  invalid_scope: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant: 400,
  unauthorized_client: 400,
  authorization_pending: 400,
  slow_down: 400,
  access_denied: 403,
  expired_code: 400,
  service_unknown: 400,
  version_conflict: 409,
  invalid_upload: 400,
  store_unavailable: 503,
  internal: 500,
};

export function refuse(error: HubError, request: RefusedRequest): WireReply {
  const status = STATUS[error.code];
  return {
    status,
    contentType: "application/problem+json; charset=utf-8",
    headers: status === 401 ? { "www-authenticate": 'Bearer realm="mintmark"' } : {},
    body: {
      type: `urn:mintmark:error:${error.code}`,
      title: error.message,
      status,
      code: error.code,
      ...(error.explanation === undefined ? {} : { detail: error.explanation }),
      ...(error.field === undefined ? {} : { field: error.field }),
      requestId: request.id,
    },
  };
}
