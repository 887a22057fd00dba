import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, refusalTable } from "../../core/errors.ts";
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
const REFUSALS = refusalTable<readonly [status: number, type: ErrorType, detail: string | null]>(
  {
    malformed: [400, "invalid_request", null],
    too_large: [413, "invalid_request", null],
    headers_too_large: [431, "invalid_request", null],
    timeout: [408, "invalid_request", null],
    media_type: [400, "invalid_request", null],
    unauthenticated: [401, "invalid_token", "Requires authentication"],
    stale_login: [401, "fresh_login_required", "Requires fresh login"],
    forbidden: [403, "insufficient_scope", "Unauthorized"],
    not_found: [404, "not_found", "Not Found"],
    method: [405, "invalid_request", null],
    conflict: [400, "invalid_request", null],
    throttled: [429, "invalid_request", null],
    unavailable: [503, "downstream_issue", null],
    internal: [500, "invalid_response", null],
  },
  {
    invalid_login: [401, "invalid_token", null],
    invalid_client: [401, "invalid_token", null],
    csrf_failed: [403, "invalid_request", "CSRF token was invalid or missing."],
    unauthorized_client: [403, "insufficient_scope", null],
    access_denied: [403, "insufficient_scope", null],
  },
);

/** Quay's ApiError: the fields of RFC 7807 and the names that older clients read. */
export function refuse(error: HubError, publicUrl: string): WireReply {
  const [status, title, fixed] = REFUSALS[error.code];
  const detail = error.ending
    ? describeEnding(error.ending, "token", `${publicUrl}/`)
    : (error.explanation ?? fixed ?? sentence(error));
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
