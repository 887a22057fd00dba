import { describeEnding } from "../../core/credential/ending.ts";
import type { HubError, HubErrorCode } from "../../core/errors.ts";
import type { RefusedRequest, WireReply } from "../../http/dialect.ts";

/** Four answers and no others (contract §2): a proxy takes anything else for a broken verifier. What is not understood opens nothing. */
const STATUS: Record<HubErrorCode, 401 | 403 | 503> = {
  malformed_request: 403,
  unknown_field: 403,
  body_too_large: 403,
  unsupported_media_type: 403,
  unauthenticated: 401,
  invalid_login: 401,
  credential_inactive: 401,
  too_many_attempts: 401,
  csrf_failed: 403,
  fresh_login_required: 401,
  forbidden: 403,
  not_found: 403,
  method_not_allowed: 403,
  user_exists: 403,
  namespace_taken: 403,
  instance_exists: 403,
  client_exists: 403,
  last_administrator: 403,
  beyond_policy: 403,
  invalid_scope: 403,
  invalid_client: 401,
  invalid_grant: 401,
  unsupported_grant: 403,
  unauthorized_client: 403,
  authorization_pending: 401,
  slow_down: 401,
  access_denied: 403,
  expired_code: 401,
  service_unknown: 403,
  version_conflict: 403,
  invalid_upload: 403,
  store_unavailable: 503,
  internal: 503,
};

/** What is answered to strangers is the same each time, and strangers may come in any number. */
const plain = new Map<HubErrorCode, WireReply>();

/** RFC 6750 §3. The ending is told to whoever has shown the true secret; Caddy and Traefik pass the body on to the client. */
export function refuse(error: HubError, _request: RefusedRequest, page: string): WireReply {
  if (error.ending) {
    return write(error, { detail: describeEnding(error.ending, "credential", page) });
  }
  const known = plain.get(error.code) ?? write(error, {});
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
