import type { HubError, HubErrorCode } from "../../core/errors.ts";
import type { WireReply } from "../../http/dialect.ts";

/** Quay's error codes, with the descriptions that `GET /api/v1/error/<code>` gives. */
export const ERROR_TYPES = {
  external_service_timeout: "An external service did not answer in time.",
  invalid_request: "The request was invalid.",
  invalid_response: "The response was invalid.",
  invalid_token: "The access token is missing, unknown, expired or revoked.",
  expired_token: "The access token has expired.",
  insufficient_scope: "The access token does not have the scope that this request needs.",
  fresh_login_required: "The request needs a log-in with the password a short time ago.",
  exceeds_license: "The request would go beyond the license.",
  not_found: "There is nothing by that name.",
  downstream_issue: "A service that this one depends on failed.",
  tag_immutable: "The tag cannot be changed.",
  token_rotation_failed: "The token could not be rotated.",
} as const;

type ErrorType = keyof typeof ERROR_TYPES;

/** Our codes as Quay's status, code and `detail`; null where our own sentence says more. */
const REFUSALS: Readonly<
  Record<HubErrorCode, readonly [status: number, type: ErrorType, detail: string | null]>
> = {
  malformed_request: [400, "invalid_request", null],
  unknown_field: [400, "invalid_request", null],
  body_too_large: [413, "invalid_request", null],
  unsupported_media_type: [400, "invalid_request", null],
  unauthenticated: [401, "invalid_token", "Requires authentication"],
  invalid_login: [401, "invalid_token", null],
  credential_inactive: [401, "invalid_token", "Requires authentication"],
  too_many_attempts: [429, "invalid_request", null],
  csrf_failed: [403, "invalid_request", "CSRF token was invalid or missing."],
  fresh_login_required: [401, "fresh_login_required", "Requires fresh login"],
  forbidden: [403, "insufficient_scope", "Unauthorized"],
  not_found: [404, "not_found", "Not Found"],
  method_not_allowed: [405, "invalid_request", null],
  user_exists: [400, "invalid_request", null],
  namespace_taken: [400, "invalid_request", null],
  instance_exists: [400, "invalid_request", null],
  client_exists: [400, "invalid_request", null],
  last_administrator: [400, "invalid_request", null],
  beyond_policy: [400, "invalid_request", null],
  invalid_scope: [400, "invalid_request", null],
  invalid_client: [401, "invalid_token", null],
  invalid_grant: [400, "invalid_request", null],
  unsupported_grant: [400, "invalid_request", null],
  unauthorized_client: [403, "insufficient_scope", null],
  authorization_pending: [400, "invalid_request", null],
  slow_down: [429, "invalid_request", null],
  access_denied: [403, "insufficient_scope", null],
  expired_code: [400, "invalid_request", null],
  service_unknown: [400, "invalid_request", null],
  version_conflict: [400, "invalid_request", null],
  invalid_upload: [400, "invalid_request", null],
  store_unavailable: [503, "downstream_issue", null],
  internal: [500, "invalid_response", null],
};

/** Quay's ApiError: the fields of RFC 7807 and the names that older clients read. */
export function refuse(error: HubError, publicUrl: string): WireReply {
  const [status, title, fixed] = REFUSALS[error.code];
  const detail = error.explanation ?? fixed ?? sentence(error);
  return {
    status,
    body: {
      status,
      title,
      type: `${publicUrl}/api/v1/error/${title}`,
      detail,
      error_message: detail,
      error_type: title,
      // Quay's CSRF check answers with this one field; scripts look for it.
      ...(error.code === "csrf_failed" ? { error: detail } : {}),
    },
  };
}

function sentence({ message, field }: HubError): string {
  return field === undefined ? message : `${message} (${field})`;
}
