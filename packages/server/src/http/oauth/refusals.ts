import { describeEnding } from "../../core/credential/ending.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import { type HubError, refusalTable } from "../../core/errors.ts";
import type { RefusedRequest, WireReply } from "../dialect.ts";

/** Our codes in the words of RFC 6749 §5.2, RFC 8628 §3.5 and RFC 6750 §3.1. */
export const OAUTH_REFUSALS = refusalTable<readonly [status: number, error: string]>(
  {
    malformed: [400, "invalid_request"],
    too_large: [413, "invalid_request"],
    headers_too_large: [431, "invalid_request"],
    timeout: [408, "invalid_request"],
    // RFC 6749 §5.2 knows no other status than 400 for what is wrong with the request.
    media_type: [400, "invalid_request"],
    unauthenticated: [401, "invalid_client"],
    stale_login: [401, "login_required"],
    forbidden: [403, "insufficient_scope"],
    not_found: [404, "not_found"],
    method: [405, "invalid_request"],
    conflict: [409, "invalid_request"],
    throttled: [429, "slow_down"],
    unavailable: [503, "temporarily_unavailable"],
    internal: [500, "server_error"],
  },
  {
    invalid_scope: [400, "invalid_scope"],
    invalid_grant: [400, "invalid_grant"],
    unsupported_grant: [400, "unsupported_grant_type"],
    authorization_pending: [400, "authorization_pending"],
    expired_code: [400, "expired_token"],
    service_unknown: [400, "invalid_target"],
    credential_inactive: [401, "invalid_token"],
    csrf_failed: [403, "access_denied"],
    unauthorized_client: [400, "unauthorized_client"],
    access_denied: [400, "access_denied"],
    slow_down: [400, "slow_down"],
  },
);

/**
 * The pair of RFC 6749 §5.2, and the same sentence as top-level `default` and as reason phrase:
 * ansible-galaxy shows people nothing else of it (2.14 only the phrase; from 2.18 on `default`). `page` is
 * where a new token is to be had.
 */
export function refuseOAuth(
  error: HubError,
  request: RefusedRequest,
  page: string,
  challenges: "bearer" | "by request" = "by request",
): WireReply {
  const [status, known] = OAUTH_REFUSALS[error.code];
  const code = challenges === "bearer" && known === "invalid_client" ? "invalid_token" : known;
  const sentence = printable(
    error.ending
      ? describeEnding(error.ending, KINDS.offline_token.name, page)
      : (error.explanation ?? error.message),
  );
  return {
    status,
    headers: { pragma: "no-cache", ...challenge(error, request, challenges === "bearer") },
    reason: sentence,
    body: { error: code, error_description: sentence, default: sentence },
  };
}

/**
 * RFC 6749 §5.2: a client that came with an `Authorization` header is answered in its scheme; RFC 9110
 * §11.6.1 wants one with any 401.
 */
function challenge(
  error: HubError,
  request: RefusedRequest,
  takesBearers: boolean,
): Readonly<Record<string, string>> {
  const [status, code] = OAUTH_REFUSALS[error.code];
  const isBearer = takesBearers || /^(?:bearer|token) /i.test(request.headers.authorization ?? "");
  if (status !== 401 && !(isBearer && status === 403)) {
    return {};
  }
  if (!isBearer) {
    return { "www-authenticate": 'Basic realm="Mintmark"' };
  }
  // RFC 6750 §3.1: a request without any credentials gets no error code.
  const reason = error.code === "unauthenticated" ? "" : `, error="${code}"`;
  return { "www-authenticate": `Bearer realm="Mintmark"${reason}` };
}

/** The characters that RFC 6749 §5.2 allows in `error_description`. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?").replace(/["\\]/g, "'");
}
