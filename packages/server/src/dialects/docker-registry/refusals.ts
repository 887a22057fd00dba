import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, refusalTable } from "../../core/errors.ts";
import type { RefusedRequest, WireReply } from "../../http/dialect.ts";

/**
 * The codes of the registry's error envelope (distribution, spec/api), and of RFC 6749 §5.2 with
 * `temporarily_unavailable` of §4.1.2.1.
 */
type RegistryCode =
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS"
  | "UNAVAILABLE"
  | "NOT_FOUND"
  | "UNKNOWN"
  | "INVALID_REQUEST";
type OAuthError =
  | "invalid_request"
  | "invalid_grant"
  | "invalid_scope"
  | "unsupported_grant_type"
  | "unauthorized_client"
  | "temporarily_unavailable"
  | "server_error";

/** For each of our codes: the status of a GET and its code, the status of a POST and its error. */
const REFUSALS = refusalTable<readonly [get: number, code: RegistryCode, post: number, error: OAuthError]>(
  {
    malformed: [400, "INVALID_REQUEST", 400, "invalid_request"],
    too_large: [413, "INVALID_REQUEST", 413, "invalid_request"],
    headers_too_large: [431, "INVALID_REQUEST", 431, "invalid_request"],
    timeout: [408, "INVALID_REQUEST", 408, "invalid_request"],
    media_type: [400, "INVALID_REQUEST", 400, "invalid_request"],
    unauthenticated: [401, "UNAUTHORIZED", 400, "invalid_grant"],
    stale_login: [401, "UNAUTHORIZED", 400, "invalid_grant"],
    forbidden: [403, "DENIED", 400, "unauthorized_client"],
    not_found: [404, "NOT_FOUND", 404, "invalid_request"],
    method: [405, "UNSUPPORTED", 405, "invalid_request"],
    conflict: [400, "INVALID_REQUEST", 400, "invalid_request"],
    throttled: [429, "TOOMANYREQUESTS", 429, "temporarily_unavailable"],
    unavailable: [503, "UNAVAILABLE", 503, "temporarily_unavailable"],
    internal: [500, "UNKNOWN", 500, "server_error"],
  },
  {
    invalid_scope: [400, "INVALID_REQUEST", 400, "invalid_scope"],
    invalid_grant: [401, "UNAUTHORIZED", 400, "invalid_grant"],
    unsupported_grant: [400, "UNSUPPORTED", 400, "unsupported_grant_type"],
    authorization_pending: [400, "INVALID_REQUEST", 400, "invalid_grant"],
    expired_code: [400, "INVALID_REQUEST", 400, "invalid_grant"],
    invalid_client: [401, "UNAUTHORIZED", 400, "unauthorized_client"],
    csrf_failed: [403, "DENIED", 400, "invalid_request"],
    access_denied: [403, "DENIED", 400, "invalid_grant"],
  },
);

/**
 * A GET is answered with the registry's envelope, whose first message docker and skopeo show to people. A
 * POST is answered with RFC 6749's JSON plus that envelope: docker reads the envelope there too, and without
 * it says "error parsing HTTP 400 response body".
 */
export function refuse(error: HubError, request: RefusedRequest, page: string): WireReply {
  const [getStatus, code, postStatus, oauthError] = REFUSALS[error.code];
  const message = error.ending
    ? describeEnding(error.ending, "token", page)
    : (error.explanation ?? error.message);
  const errors = [{ code, message, detail: {} }];
  const version = { "docker-distribution-api-version": "registry/2.0" };
  if (request.method === "POST") {
    return {
      status: postStatus,
      headers: version,
      body: { error: oauthError, error_description: message, errors },
    };
  }
  const challenge = getStatus === 401 ? { "www-authenticate": 'Basic realm="Mintmark registry"' } : {};
  return { status: getStatus, headers: { ...version, ...challenge }, body: { errors } };
}
